// Punycode, in which Rust writes the names of functions that are not ASCII.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace modulah::wasm {

/// Decodes `text`, in which the last `delimiter` ends the ASCII characters, to UTF-8. Nothing when
/// it is malformed or has more than 256 characters.
[[nodiscard]] std::optional<std::string> decode_punycode(std::string_view text, char delimiter);

}  // namespace modulah::wasm
