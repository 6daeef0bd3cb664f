// The JSON form of instructions: a list of strings.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "words.h"

namespace modulah::containerfile {

/// What `text` is, read as the JSON form.
struct JsonList {
  bool is_list = false;  ///< Well-formed JSON, and a list.
  /// The number (from 1) of the first element that is not a string, or 0.
  std::size_t wrong_element = 0;
  /// The elements, with the places of their literals. At most `max`, even when there are more.
  std::vector<Word> words;
};

/// Takes no more memory than the words.
[[nodiscard]] JsonList parse_json_list(std::string_view text, std::size_t max);

}  // namespace modulah::containerfile
