// The functions of WASI preview 1.
#pragma once

#include <string_view>

namespace modulah::validate {

/// Whether `name` is a function of "wasi_snapshot_preview1".
[[nodiscard]] bool is_preview1_function(std::string_view name);
/// Whether the function, which is one of them, reads or writes the guest's memory.
[[nodiscard]] bool uses_memory(std::string_view name);

}  // namespace modulah::validate
