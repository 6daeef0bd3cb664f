// Base64 with "+", "/" and padding, as passwords are written.
// https://www.rfc-editor.org/rfc/rfc4648
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace modulah::registry {

[[nodiscard]] std::string to_base64(std::string_view text);
/// Nothing when `text` is malformed.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace modulah::registry
