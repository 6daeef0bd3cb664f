// The few questions about characters that the whole language asks. Only ASCII counts as blank.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "modulah/base/text.h"

namespace modulah::containerfile {

/// Between words: all that Go's \s has but the newline, which never is inside an instruction.
[[nodiscard]] constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}
[[nodiscard]] constexpr bool is_space(char c) { return is_blank(c) || c == '\n'; }
[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] constexpr char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
[[nodiscard]] constexpr bool is_letter(char c) { return to_lower(c) >= 'a' && to_lower(c) <= 'z'; }

[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] std::string upper(std::string_view text);
[[nodiscard]] bool equal_without_case(std::string_view a, std::string_view b);

/// Without the spaces at both ends, or at the left one.
[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::string_view trim_left(std::string_view text);

/// The text in double quotes for a message: cut after 60 bytes, control characters as "?".
[[nodiscard]] std::string in_quotes(std::string_view text);
/// The text with control characters as "?", so that it cannot steer a terminal; tabs stay.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace modulah::containerfile
