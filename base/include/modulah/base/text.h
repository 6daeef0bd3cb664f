// Characters out of UTF-8 that survives wrong bytes, and text from outside made fit to be shown.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace modulah {

/// A character out of UTF-8. A byte that begins none is a character of its own, kRawByte + byte.
struct Character {
  char32_t code = 0;
  std::size_t length = 0;  ///< In bytes; 0 at the end.
};
inline constexpr char32_t kRawByte = 0x110000;

[[nodiscard]] Character decode(std::string_view text, std::size_t at);
/// The reverse of decode().
void encode(char32_t code, std::string& out);

/// True for what a terminal obeys instead of showing it, or what changes how the text around it
/// reads: control characters (also those of 0x80 to 0x9F), marks of the direction of writing,
/// separators of lines, and bytes that are no UTF-8.
[[nodiscard]] bool is_unprintable(char32_t code);

/// `text` with unprintable characters as "\\x1b" or "\\u202e", so that nobody's name for a file can
/// steer a terminal or begin a line of its own. Those in `kept`, e.g. "\n\t", stay.
[[nodiscard]] std::string printable(std::string_view text, std::string_view kept = {});

}  // namespace modulah
