// Measures how deep a JSON text is nested.
#include "modulah/base/json.h"

namespace modulah {

std::optional<std::size_t> find_deep_json(std::string_view text) {
  int depth = 0;
  bool is_in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_in_text) {
      if (c == '\\') ++i;
      if (c == '"') is_in_text = false;
      continue;
    }
    if (c == '"') is_in_text = true;
    if (c == ']' || c == '}') --depth;
    if ((c == '[' || c == '{') && ++depth > kMaxJsonNesting) return i;
  }
  return std::nullopt;
}

}  // namespace modulah
