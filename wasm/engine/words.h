// Wasmtime's error texts in our form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wasmtime_api.h"

namespace modulah::wasm {

/// What an error text says, on one line, and the place in the module where it says so.
struct Words {
  std::string text;
  std::optional<std::uint64_t> offset;  ///< In bytes, from the start of the module.

  /// "byte 0x1a: text", or the text alone.
  [[nodiscard]] std::string placed() const;
};

/// Reads a text like
///
///     failed to parse WebAssembly module
///
///     Caused by:
///         0: type mismatch (at offset 0x1a)
///
/// into its causes, joined by ": ", without the place, the numbers and Wasmtime's backtrace.
[[nodiscard]] Words words_of(std::string_view message);

/// The text of `failure`, which is deleted.
[[nodiscard]] std::string take_message(const wasmtime::Api& api, wasmtime::Failure* failure);

/// A view of `vec`, without the NUL that some of Wasmtime's texts end with; empty for null.
[[nodiscard]] std::string_view view_of(const wasmtime::ByteVec* vec);

}  // namespace modulah::wasm
