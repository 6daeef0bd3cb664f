// A guest's view of its host, as a configuration for Wasmtime.
#pragma once

#include <exception>
#include <string_view>

#include "state.h"

namespace modulah::wasm {

/// One of the guest's output streams. Its address is what Wasmtime is given: it must outlive the
/// store and not move.
struct GuestOutput {
  Sink* sink = nullptr;
  std::exception_ptr failure;  ///< What the sink threw; writes fail from then on.
};

/// The configuration for `options`. `output` and `error_output` must outlive the store.
/// Throws Error invalid for texts that are not UTF-8 or contain NUL; not_found, denied or invalid
/// for a directory that cannot be opened, with `name` in front.
[[nodiscard]] Owned<wasmtime::WasiConfig> make_wasi(const wasmtime::Api& api,
                                                    const GuestOptions& options,
                                                    GuestOutput& output, GuestOutput& error_output,
                                                    std::string_view name);

}  // namespace modulah::wasm
