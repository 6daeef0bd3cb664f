// Patterns of ${v#p}, ${v%p} and ${v/p/w}: "*" and "?" are wildcards, "\" makes the next character
// plain.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace modulah::containerfile {

enum class Match { shortest, longest };

class ShellPattern {
 public:
  /// Throws Error: invalid for an escape before another character than * ? \ } and /.
  explicit ShellPattern(std::string_view text);

  /// `value` without the start, or the end, that matches; all of it when none does.
  [[nodiscard]] std::string without_prefix(std::string_view value, Match match) const;
  [[nodiscard]] std::string without_suffix(std::string_view value, Match match) const;

  /// `value` with the first match, or each, replaced. Matches are the longest, from the left.
  [[nodiscard]] std::string replace(std::string_view value, std::string_view replacement,
                                    bool replaces_all) const;

 private:
  /// Characters to find one after the other, each kAny or to be equal.
  using Segment = std::u32string;
  /// The parts between the "*"; at least one, which may be empty.
  std::vector<Segment> segments_;
};

}  // namespace modulah::containerfile
