// Turns the names of compiled functions back into what was written in the source.
//
// Understood are C++ (Itanium, "_ZN3app3runEi"), and Rust's two schemes ("_ZN...17h<hash>E" and
// "_R..."). The hashes that make Rust's names unique are left out. Other languages' names (C, Go,
// Zig, Swift) are returned as they are.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace modulah::wasm {

/// The longest result in bytes, with the "…" that a longer one ends with.
inline constexpr std::size_t kMaxDemangledBytes = 4'096;

/// The name in the words of its language, or `symbol` itself when it is not mangled, is malformed
/// or is too deeply nested. Time and memory are bounded for every input. The result may contain
/// whatever bytes `symbol` has, so escape it before it is shown. Does not throw.
[[nodiscard]] std::string demangle(std::string_view symbol);

}  // namespace modulah::wasm
