// Which paths a pattern means: ignore files, COPY's --exclude and COPY's wildcards.
//
// Ignore rules mean what they mean to docker, buildah and podman: the last rule that matches a path
// or one of its parents decides, `!` re-includes, `*` and `?` stop at "/", `**` does not. Rules
// without a wildcard, and those like "*.o", "dir/**" and "**/dir", are compared as plain texts;
// others by a small matcher that looks at each byte of the path at most a few times. No regular
// expression is made.
//
// Paths are relative to the context, with "/" between names, without "." and "..".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace modulah::containerfile {

class Wildcard;

/// The shortest path that means the same, as Go's path.Clean gives it: without "." and empty names,
/// ".." resolved where it can be; "." for an empty one.
[[nodiscard]] std::string clean_path(std::string_view path);

/// The patterns of an ignore file as they mean something: without comments, empty lines, the blanks
/// around them and a "/" at the start, and cleaned.
[[nodiscard]] std::vector<std::string> read_ignore_file(std::string_view text);

/// One pattern of an ignore file.
class Pattern {
 public:
  /// How it is compared, from cheap to expensive. The names are those of moby's patternmatcher.
  enum class Kind { exact, prefix, suffix, wildcard };

  /// `text` is cleaned: "./a//b/" is "a/b". Starts with "!" when it re-includes.
  /// Throws Error: invalid for a malformed pattern, e.g. an unclosed "[".
  explicit Pattern(std::string_view text);

  /// Does the pattern match just this path? A re-including pattern matches as others do.
  [[nodiscard]] bool matches(std::string_view path) const;
  /// Could the pattern match something below `directory`, which it does not match itself? May be
  /// true when in doubt.
  [[nodiscard]] bool may_match_below(std::string_view directory) const;

  [[nodiscard]] bool reincludes() const { return reincludes_; }
  [[nodiscard]] Kind kind() const { return kind_; }
  /// The cleaned text, without "!".
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::string literal_;  ///< What exact, prefix and suffix compare with.
  /// For Kind::wildcard. Shared by copies, because it never changes.
  std::shared_ptr<const Wildcard> wildcard_;
  Kind kind_ = Kind::exact;
  bool reincludes_ = false;
};

/// The rules of an ignore file, in order. Immutable, so safe to use from several threads.
class IgnoreRules {
 public:
  /// What is known of a directory while walking: which rules match it or a parent of it.
  /// Belongs to the rules that made it. The default is the context's root.
  class Directory {
   public:
    [[nodiscard]] bool is_ignored() const { return is_ignored_; }

   private:
    friend class IgnoreRules;
    std::vector<std::uint8_t> matched_;
    bool is_ignored_ = false;
  };

  /// No rule: nothing is ignored.
  IgnoreRules() = default;

  /// Reads an ignore file: a line is a pattern, blanks around it do not count, "#" in the first
  /// column makes a comment. Throws Error: invalid, as "NAME:LINE: …", for a malformed pattern.
  [[nodiscard]] static IgnoreRules parse(std::string_view text,
                                         std::string_view name = ".containerignore");
  /// The same for patterns from elsewhere, e.g. --exclude. Throws Error: invalid.
  [[nodiscard]] static IgnoreRules from_patterns(const std::vector<std::string>& patterns);

  [[nodiscard]] bool empty() const { return patterns_.empty(); }
  [[nodiscard]] const std::vector<Pattern>& patterns() const { return patterns_; }

  /// Is `path` ignored, by itself or because a parent is?
  [[nodiscard]] bool matches(std::string_view path) const;

  /// The same while walking down, where each parent has been looked at before: cheaper, because
  /// parents are not compared again. `path` is the whole path, `parent` what this function gave
  /// for its directory.
  [[nodiscard]] Directory enter(std::string_view path, const Directory& parent) const;
  [[nodiscard]] bool matches(std::string_view path, const Directory& parent) const;

  /// May a walk leave out all that is below `directory`? It is ignored, and no later `!` rule can
  /// match inside.
  [[nodiscard]] bool can_skip(std::string_view path, const Directory& directory) const;

 private:
  std::vector<Pattern> patterns_;
};

/// A wildcard path of COPY and ADD: `*`, `?`, `[a-z]`, `[^a]` and `\` as Go's filepath.Match has
/// them, but that `[^a]`, too, does not match "/".
class Glob {
 public:
  /// Throws Error: invalid for a malformed pattern.
  explicit Glob(std::string_view text);

  /// Has `text` a character that makes it a wildcard, with no "\" before it? Others are plain paths
  /// and need no Glob.
  [[nodiscard]] static bool is_wildcard(std::string_view text);
  /// Without the "\" that make the next character plain.
  [[nodiscard]] static std::string unescape(std::string_view text);

  [[nodiscard]] bool matches(std::string_view path) const;
  /// The directories at the start that have no wildcard, without "/" at the end: all matches are
  /// below this path. Empty when the first name has one.
  [[nodiscard]] const std::string& literal_directory() const { return literal_directory_; }
  /// How many names a path has that it can match: those of the pattern.
  [[nodiscard]] std::size_t depth() const { return depth_; }

 private:
  /// Shared by copies, because it never changes.
  std::shared_ptr<const Wildcard> wildcard_;
  std::string literal_directory_;
  std::size_t depth_ = 1;
};

}  // namespace modulah::containerfile
