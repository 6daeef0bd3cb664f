// The text of an ignore file, and the cleaning of paths.
#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/containerfile/ignore.h"

#include "characters.h"

namespace modulah::containerfile {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// The pattern in a line, or empty when there is none.
std::string pattern_of(std::string_view line) {
  if (line.starts_with('#')) return {};
  std::string_view pattern = trim(line);
  const bool reincludes = pattern.starts_with('!');
  if (reincludes) pattern = trim(pattern.substr(1));
  std::string cleaned = pattern.empty() ? std::string() : clean_path(pattern);
  if (cleaned.size() > 1 && cleaned.front() == '/') cleaned.erase(0, 1);
  return reincludes ? "!" + cleaned : cleaned;
}

/// Calls `action(line number, pattern)` for each pattern.
template <typename Action>
void for_each_pattern(std::string_view text, Action&& action) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string pattern = pattern_of(text.substr(0, end));
    if (!pattern.empty()) action(number, std::move(pattern));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
}

}  // namespace

std::string clean_path(std::string_view path) {
  const bool is_absolute = path.starts_with('/');
  std::vector<std::string_view> names;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view name = path.substr(at, end - at);
    at = end + 1;
    if (name.empty() || name == ".") continue;
    if (name != "..") {
      names.push_back(name);
    } else if (!names.empty() && names.back() != "..") {
      names.pop_back();
    } else if (!is_absolute) {
      names.push_back(name);
    }
  }
  std::string result = is_absolute ? "/" : "";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) result += '/';
    result += names[i];
  }
  return result.empty() ? "." : result;
}

std::vector<std::string> read_ignore_file(std::string_view text) {
  std::vector<std::string> patterns;
  for_each_pattern(
      text, [&](std::size_t, std::string pattern) { patterns.push_back(std::move(pattern)); });
  return patterns;
}

IgnoreRules IgnoreRules::parse(std::string_view text, std::string_view name) {
  IgnoreRules rules;
  for_each_pattern(text, [&](std::size_t number, const std::string& pattern) {
    with_context([&] { return fmt::format("{}:{}", name, number); },
                 [&] { rules.patterns_.emplace_back(pattern); });
  });
  return rules;
}

}  // namespace modulah::containerfile
