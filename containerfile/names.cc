// Names of stages.
#include <algorithm>

#include "modulah/containerfile/values.h"

#include "characters.h"

namespace modulah::containerfile {

bool is_stage_name(std::string_view text) {
  if (text.empty() || !is_letter(text.front())) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
  });
}

}  // namespace modulah::containerfile
