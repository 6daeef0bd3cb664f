// Rust's mangled names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace modulah::wasm {

/// Demangles "_R...". Nothing when `symbol` is malformed or nested too deeply; cut at
/// kMaxDemangledBytes.
[[nodiscard]] std::optional<std::string> demangle_rust_v0(std::string_view symbol);

/// Demangles "_ZN...17h<hash>E". Nothing when `symbol` is not of that form.
[[nodiscard]] std::optional<std::string> demangle_rust_legacy(std::string_view symbol);

/// The same of a name that a linker took for C++ and split, "core::fmt::write::h<hash>". wasm-ld
/// does so by default.
[[nodiscard]] std::optional<std::string> demangle_split_rust_legacy(std::string_view name);

/// Cuts `text` so that it ends with "…" and has kMaxDemangledBytes, when it has more.
void cut_demangled(std::string& text);

}  // namespace modulah::wasm
