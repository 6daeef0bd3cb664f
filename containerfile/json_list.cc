// Reads the JSON form, and finds where each text stands.
#include "json_list.h"

#include <nlohmann/json.hpp>

#include "modulah/base/json.h"

#include "characters.h"

namespace modulah::containerfile {

namespace {

/// The string literal that begins at or after `at`, quotes included. `text` is well-formed and has
/// one there.
Piece next_literal(std::string_view text, std::size_t at) {
  const std::size_t start = text.find('"', at);
  std::size_t end = start + 1;
  while (text[end] != '"') end += text[end] == '\\' ? std::size_t{2} : std::size_t{1};
  return {start, end + 1 - start};
}

}  // namespace

JsonList parse_json_list(std::string_view text) {
  JsonList list;
  if (!trim_left(text).starts_with('[')) return list;
  const auto json = parse_json<nlohmann::json>(text);
  if (!json.is_array()) return list;
  list.is_list = true;
  std::size_t at = 0;
  for (const auto& element : json) {
    if (!element.is_string()) {
      list.wrong_element = list.words.size() + 1;
      return list;
    }
    const Piece piece = next_literal(text, at);
    at = piece.offset + piece.length;
    list.words.push_back({element.get<std::string>(), piece});
  }
  return list;
}

}  // namespace modulah::containerfile
