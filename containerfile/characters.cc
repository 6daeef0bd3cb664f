// Characters, their case, and how they are shown.
#include "characters.h"

#include <algorithm>

namespace modulah::containerfile {

namespace {

constexpr std::size_t kMaxQuoted = 60;

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

}  // namespace

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
