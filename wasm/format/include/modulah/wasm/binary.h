// Tells by its first bytes what a WebAssembly binary is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace modulah::wasm {

/// The kinds of binaries, as the preamble tells them.
enum class BinaryKind : std::uint8_t {
  module,     ///< A core module (WASI preview 1).
  component,  ///< A component (WASI 0.2 and newer).
};

/// "module" or "component".
[[nodiscard]] std::string_view to_string(BinaryKind kind);

/// Whether `bytes`, of which the first 4 are looked at, are or claim to be WebAssembly.
[[nodiscard]] bool is_wasm(std::span<const std::byte> bytes) noexcept;

/// What the first 8 bytes say. Throws Error invalid for anything but a module of version 1 or a
/// component. `name` is what messages call the bytes.
[[nodiscard]] BinaryKind kind_of_binary(std::span<const std::byte> bytes, std::string_view name);

}  // namespace modulah::wasm
