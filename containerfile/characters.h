// How text of a Containerfile is shown in messages, and the questions about characters that the
// whole language asks. Only ASCII counts as blank.
#pragma once

#include <string>
#include <string_view>

#include "modulah/base/ascii.h"
#include "modulah/base/text.h"

namespace modulah::containerfile {

/// The text in double quotes for a message: cut after 60 bytes, control characters as "?".
[[nodiscard]] std::string in_quotes(std::string_view text);
/// The text with control characters as "?", so that it cannot steer a terminal; tabs stay.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace modulah::containerfile
