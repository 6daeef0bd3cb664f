// Matching without backtracking.
//
// Between two "*" is a segment without any. It is enough to find each segment as early as
// possible after the one before; only the last one decides between the shortest match (its first
// place) and the longest (its last place). An end is matched as the start of everything reversed.
#include "shell_pattern.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/containerfile/limits.h"

#include "characters.h"

namespace modulah::containerfile {

namespace {

/// In a segment: any one character.
constexpr char32_t kAny = 0xFFFFFFFF;

std::u32string characters_of(std::string_view text) {
  std::u32string result;
  for (std::size_t at = 0; at < text.size();) {
    const Character c = decode(text, at);
    result += c.code;
    at += c.length;
  }
  return result;
}

std::string bytes_of(std::u32string_view characters) {
  std::string result;
  for (const char32_t c : characters) encode(c, result);
  return result;
}

bool fits_at(std::u32string_view value, std::size_t at, std::u32string_view segment) {
  if (segment.size() > value.size() - at) return false;
  for (std::size_t i = 0; i < segment.size(); ++i)
    if (segment[i] != kAny && segment[i] != value[at + i]) return false;
  return true;
}

std::optional<std::size_t> find_first(std::u32string_view value, std::size_t from,
                                      std::u32string_view segment) {
  for (std::size_t at = from; at + segment.size() <= value.size(); ++at)
    if (fits_at(value, at, segment)) return at;
  return std::nullopt;
}

std::optional<std::size_t> find_last(std::u32string_view value, std::size_t from,
                                     std::u32string_view segment) {
  if (segment.size() > value.size()) return std::nullopt;
  for (std::size_t at = value.size() - segment.size() + 1; at-- > from;)
    if (fits_at(value, at, segment)) return at;
  return std::nullopt;
}

/// Where the segments after the first one end, when that ended at `at`.
std::optional<std::size_t> end_of_match(std::u32string_view value, std::size_t at,
                                        const std::vector<std::u32string>& segments, Match match) {
  for (std::size_t i = 1; i < segments.size(); ++i) {
    const bool is_last = i + 1 == segments.size();
    const auto found = is_last && match == Match::longest ? find_last(value, at, segments[i])
                                                          : find_first(value, at, segments[i]);
    if (!found) return std::nullopt;
    at = *found + segments[i].size();
  }
  return at;
}

std::optional<std::size_t> prefix_length(std::u32string_view value,
                                         const std::vector<std::u32string>& segments, Match match) {
  if (!fits_at(value, 0, segments.front())) return std::nullopt;
  return end_of_match(value, segments.front().size(), segments, match);
}

}  // namespace

ShellPattern::ShellPattern(std::string_view text) : segments_(1) {
  if (text.size() > kMaxPatternBytes)
    throw Error(ErrorKind::invalid, fmt::format("pattern {} has {} bytes, more than {}",
                                                in_quotes(text), text.size(), kMaxPatternBytes));
  const std::u32string pattern = characters_of(text);
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    char32_t c = pattern[i];
    if (c == '*') {
      segments_.emplace_back();
      continue;
    }
    if (c == '?') {
      segments_.back() += kAny;
      continue;
    }
    if (c == '\\') {
      c = ++i < pattern.size() ? pattern[i] : char32_t{0};
      if (c != '*' && c != '?' && c != '\\' && c != '}' && c != '/')
        throw Error(ErrorKind::invalid,
                    fmt::format("pattern {} has a \"\\\" before another character than * ? \\ }} /",
                                in_quotes(text)));
    }
    segments_.back() += c;
  }
}

std::string ShellPattern::without_prefix(std::string_view value, Match match) const {
  const std::u32string characters = characters_of(value);
  const auto length = prefix_length(characters, segments_, match);
  return bytes_of(std::u32string_view(characters).substr(length.value_or(0)));
}

std::string ShellPattern::without_suffix(std::string_view value, Match match) const {
  std::u32string characters = characters_of(value);
  std::reverse(characters.begin(), characters.end());
  std::vector<Segment> segments(segments_.rbegin(), segments_.rend());
  for (Segment& segment : segments) std::reverse(segment.begin(), segment.end());
  characters.erase(0, prefix_length(characters, segments, match).value_or(0));
  std::reverse(characters.begin(), characters.end());
  return bytes_of(characters);
}

std::string ShellPattern::replace(std::string_view value, std::string_view replacement,
                                  bool replaces_all) const {
  const std::u32string characters = characters_of(value);
  const std::u32string_view all = characters;
  std::string result;
  std::size_t done = 0;     // Up to here `result` has everything.
  std::size_t from = 0;     // Where to look next.
  bool has_before = false;  // A match ended at `done`.
  while (from <= all.size()) {
    const auto start = find_first(all, from, segments_.front());
    if (!start) break;
    // What does not fit after an early start does not fit after a later one.
    const auto end =
        end_of_match(all, *start + segments_.front().size(), segments_, Match::longest);
    if (!end) break;
    const bool is_empty = *end == *start;
    if (!(is_empty && has_before && *start == done)) {
      result += bytes_of(all.substr(done, *start - done));
      result += replacement;
      if (result.size() > kMaxExpandedBytes)
        throw Error(ErrorKind::invalid,
                    fmt::format("replacement by {} expands to more than {} bytes",
                                in_quotes(replacement), kMaxExpandedBytes));
      done = *end;
      has_before = true;
      if (!replaces_all) break;
    }
    from = is_empty ? *end + 1 : *end;
  }
  return result + bytes_of(all.substr(done));
}

}  // namespace modulah::containerfile
