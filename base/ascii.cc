// Case and blanks of ASCII text.
#include "modulah/base/ascii.h"

#include <algorithm>

namespace modulah {

namespace {

template <char (*Change)(char)>
std::string changed(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), Change);
  return result;
}

}  // namespace

std::string lower(std::string_view text) { return changed<to_lower>(text); }
std::string upper(std::string_view text) { return changed<to_upper>(text); }

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

bool is_hex(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_hex_digit);
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

}  // namespace modulah
