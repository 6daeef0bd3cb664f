// Questions about characters in formats and protocols whose rules know ASCII only: names of
// headers, instructions, hosts, digests. None depends on a locale.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace modulah {

[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
/// Lower case only, as in digests.
[[nodiscard]] constexpr bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }
[[nodiscard]] constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] constexpr char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
[[nodiscard]] constexpr bool is_letter(char c) { return to_lower(c) >= 'a' && to_lower(c) <= 'z'; }
/// Between words of a line: everything that Go's \s matches except the newline.
[[nodiscard]] constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}
[[nodiscard]] constexpr bool is_space(char c) { return is_blank(c) || c == '\n'; }

[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] std::string upper(std::string_view text);
[[nodiscard]] bool equal_without_case(std::string_view a, std::string_view b);
/// True when `text` has at least one character and all are lower-case hexadecimal digits.
[[nodiscard]] bool is_hex(std::string_view text);

/// Without the spaces (is_space) at both ends, or at the left one.
[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::string_view trim_left(std::string_view text);

/// The number that all of `text` is, or nothing: for an empty text, other characters (also "+" and
/// blanks), and what does not fit.
template <std::integral Number>
[[nodiscard]] std::optional<Number> parse_number(std::string_view text, int base = 10) {
  Number number = 0;
  const char* end = text.data() + text.size();
  const auto [next, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc() || next != end) return std::nullopt;
  return number;
}

}  // namespace modulah
