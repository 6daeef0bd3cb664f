// UTF-8, and what of it is shown.
#include "modulah/base/text.h"

#include <fmt/format.h>

namespace modulah {

namespace {

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

/// How many bytes the sequence that `first` begins has, or 0 when it begins none.
std::size_t sequence_length(unsigned first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  if (first >= 0xF0 && first < 0xF5) return 4;
  return 0;
}

bool is_allowed(char32_t code, std::size_t length) {
  if (length == 3) return code >= 0x800 && !(code >= 0xD800 && code < 0xE000);
  if (length == 4) return code >= 0x10000 && code < 0x110000;
  return true;
}

}  // namespace

Character decode(std::string_view text, std::size_t at) {
  if (at >= text.size()) return {};
  const unsigned first = byte_at(text, at);
  const std::size_t length = sequence_length(first);
  if (length == 1) return {first, 1};
  const Character raw = {kRawByte + first, 1};
  if (length == 0 || at + length > text.size()) return raw;
  char32_t code = first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const unsigned next = byte_at(text, at + i);
    if ((next & 0xC0) != 0x80) return raw;
    code = (code << 6) | (next & 0x3F);
  }
  return is_allowed(code, length) ? Character{code, length} : raw;
}

void encode(char32_t code, std::string& out) {
  const auto put = [&out](char32_t byte) { out += static_cast<char>(byte & 0xFF); };
  if (code >= kRawByte) return put(code - kRawByte);
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | (code >> 6));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

bool is_unprintable(char32_t code) {
  if (code < 0x20 || (code >= 0x7F && code < 0xA0) || code >= kRawByte) return true;
  // https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters, and U+2028 and U+2029,
  // which end a line or a paragraph.
  return code == 0x61C || code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

std::string printable(std::string_view text, std::string_view kept) {
  std::string shown;
  shown.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Character c = decode(text, at);
    const std::string_view bytes = text.substr(at, c.length);
    at += c.length;
    if (!is_unprintable(c.code) || kept.find(bytes) != std::string_view::npos)
      shown += bytes;
    else if (c.code >= kRawByte || c.code < 0x80)
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes.front()));
    else
      shown += fmt::format("\\u{:04x}", static_cast<unsigned>(c.code));
  }
  return shown;
}

}  // namespace modulah
