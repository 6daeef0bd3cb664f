// Characters, their case, and how they are shown.
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

}  // namespace modulah::containerfile
