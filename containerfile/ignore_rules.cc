// Patterns of ignore files, and what several of them say together.
//
// A rule that matches a directory matches all that is in it. So the answer for a path is found by
// going through the rules in order and asking for each whether it matches the path or a parent; a
// walk that keeps these answers for each directory (Directory) never asks twice about a parent.
#include <algorithm>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/containerfile/ignore.h"

#include "characters.h"
#include "wildcard.h"

namespace modulah::containerfile {

namespace {

constexpr std::string_view kSpecial = "*?[]\\";

bool has_special(std::string_view text) { return text.find_first_of(kSpecial) != text.npos; }

/// Is `text` (not empty) "**" and then a plain text, or nothing?
bool is_suffix_pattern(std::string_view text) {
  return text.starts_with("**") && !has_special(text.substr(2));
}

/// Is `text` a plain text and then "**"?
bool is_prefix_pattern(std::string_view text) {
  return text.size() > 2 && text.ends_with("**") && !has_special(text.substr(0, text.size() - 2));
}

}  // namespace

Pattern::Pattern(std::string_view text) {
  text_ = clean_path(trim(text));
  if (text_.front() == '!') {
    reincludes_ = true;
    text_.erase(0, 1);
    if (text_.empty())
      throw Error(ErrorKind::invalid, "pattern \"!\" re-includes nothing",
                  "Write a pattern after the \"!\".");
  }
  if (is_suffix_pattern(text_)) {
    kind_ = Kind::suffix;
    literal_ = text_.substr(2);
  } else if (is_prefix_pattern(text_)) {
    kind_ = Kind::prefix;
    literal_ = text_.substr(0, text_.size() - 2);
  } else if (has_special(text_)) {
    kind_ = Kind::wildcard;
    wildcard_ = std::make_shared<const Wildcard>(text_, DoubleStar::any_depth);
  } else {
    literal_ = text_;
  }
}

bool Pattern::matches(std::string_view path) const {
  switch (kind_) {
    case Kind::exact:
      return path == literal_;
    case Kind::prefix:
      return path.starts_with(literal_);
    case Kind::suffix:
      // "**/dir" is "dir" at the top, too.
      return path.ends_with(literal_) ||
             (literal_.starts_with('/') && path == std::string_view(literal_).substr(1));
    case Kind::wildcard:
      return wildcard_->matches(path);
  }
  return false;
}

bool Pattern::may_match_below(std::string_view directory) const {
  const std::string start = std::string(directory) + "/";
  switch (kind_) {
    case Kind::exact:
      return literal_.starts_with(start);
    case Kind::prefix:
      return literal_.starts_with(start) || start.starts_with(literal_);
    case Kind::suffix:
      return true;
    case Kind::wildcard:
      return wildcard_->may_match_after(start);
  }
  return true;
}

IgnoreRules IgnoreRules::from_patterns(const std::vector<std::string>& patterns) {
  IgnoreRules rules;
  for (const std::string& pattern : patterns)
    if (!trim(pattern).empty()) rules.patterns_.emplace_back(pattern);
  return rules;
}

bool IgnoreRules::matches(std::string_view path) const {
  // Nobody means to leave out the context itself.
  if (path.empty() || path == ".") return false;
  bool is_ignored = false;
  for (const Pattern& pattern : patterns_) {
    // A rule that would not change the answer is not asked.
    if (pattern.reincludes() != is_ignored) continue;
    bool is_match = pattern.matches(path);
    for (std::size_t slash = path.find('/'); !is_match && slash != path.npos;
         slash = path.find('/', slash + 1))
      is_match = pattern.matches(path.substr(0, slash));
    if (is_match) is_ignored = !pattern.reincludes();
  }
  return is_ignored;
}

IgnoreRules::Directory IgnoreRules::enter(std::string_view path, const Directory& parent) const {
  Directory directory;
  directory.matched_.resize(patterns_.size());
  if (path.empty() || path == ".") return directory;
  for (std::size_t i = 0; i < patterns_.size(); ++i) {
    const bool is_match =
        (!parent.matched_.empty() && parent.matched_[i] != 0) || patterns_[i].matches(path);
    directory.matched_[i] = is_match ? 1 : 0;
    if (is_match) directory.is_ignored_ = !patterns_[i].reincludes();
  }
  return directory;
}

bool IgnoreRules::matches(std::string_view path, const Directory& parent) const {
  if (path.empty() || path == ".") return false;
  bool is_ignored = false;
  for (std::size_t i = 0; i < patterns_.size(); ++i) {
    if (patterns_[i].reincludes() != is_ignored) continue;
    if ((!parent.matched_.empty() && parent.matched_[i] != 0) || patterns_[i].matches(path))
      is_ignored = !is_ignored;
  }
  return is_ignored;
}

bool IgnoreRules::can_skip(std::string_view path, const Directory& directory) const {
  if (!directory.is_ignored_) return false;
  // Rules after the last one that ignores the directory have the last word on what is in it.
  for (std::size_t i = patterns_.size(); i-- > 0;) {
    if (!patterns_[i].reincludes()) {
      if (directory.matched_[i] != 0) return true;
    } else if (patterns_[i].may_match_below(path)) {
      return false;
    }
  }
  return true;
}

}  // namespace modulah::containerfile
