// Reads the JSON form and finds the place of each string.
#include "json_list.h"

#include <nlohmann/json.hpp>

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

/// Gets the events of nlohmann's parser, so that no tree is made of what may be huge.
class ListEvents {
 public:
  ListEvents(std::string_view text, JsonList& list, std::size_t max)
      : text_(text), list_(list), max_(max) {}

  bool null() { return other(); }
  bool boolean(bool) { return other(); }
  bool number_integer(nlohmann::json::number_integer_t) { return other(); }
  bool number_unsigned(nlohmann::json::number_unsigned_t) { return other(); }
  bool number_float(nlohmann::json::number_float_t, const std::string&) { return other(); }
  bool binary(nlohmann::json::binary_t&) { return other(); }
  bool string(std::string& value) {
    // Places are only known up to the first element that is another list.
    if (depth_ != 1 || list_.wrong_element != 0 || list_.words.size() >= max_) return true;
    const Piece piece = next_literal(text_, at_);
    at_ = piece.offset + piece.length;
    list_.words.push_back({std::move(value), piece});
    return true;
  }
  bool start_object(std::size_t) { return start(); }
  bool start_array(std::size_t) { return start(); }
  bool key(std::string&) { return true; }
  bool end_object() { return end(); }
  bool end_array() { return end(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) {
    return false;
  }

 private:
  bool other() {
    if (depth_ == 1 && list_.wrong_element == 0) list_.wrong_element = list_.words.size() + 1;
    return true;
  }
  bool start() {
    (void)other();
    ++depth_;
    return true;
  }
  bool end() {
    --depth_;
    return true;
  }

  std::string_view text_;
  JsonList& list_;
  std::size_t max_;
  std::size_t depth_ = 0;
  std::size_t at_ = 0;
};

}  // namespace

JsonList parse_json_list(std::string_view text, std::size_t max) {
  JsonList list;
  if (!trim_left(text).starts_with('[')) return list;
  ListEvents events(text, list, max);
  list.is_list = nlohmann::json::sax_parse(text, &events);
  return list;
}

}  // namespace modulah::containerfile
