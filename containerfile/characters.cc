// Characters, their case, and UTF-8 that survives wrong bytes.
#include "characters.h"

#include <algorithm>

namespace modulah::containerfile {

namespace {

constexpr std::size_t kMaxQuoted = 60;

template <char (*Change)(char)>
std::string changed(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), Change);
  return result;
}

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

std::string lower(std::string_view text) { return changed<to_lower>(text); }
std::string upper(std::string_view text) { return changed<to_upper>(text); }

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

std::string_view trim_left(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

std::string_view trim(std::string_view text) {
  text = trim_left(text);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string printable(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F) c = '?';
  return result;
}

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  if (text.size() <= kMaxQuoted) {
    result += printable(text);
  } else {
    std::size_t end = kMaxQuoted;
    while (end > 0 && (byte_at(text, end) & 0xC0) == 0x80) --end;
    result += printable(text.substr(0, end)) + "…";
  }
  std::replace(result.begin(), result.end(), '\t', ' ');
  return result + "\"";
}

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

}  // namespace modulah::containerfile
