// Removes custom sections from a module.
#pragma once

#include <span>
#include <string>

#include "modulah/wasm/optimizer.h"
#include "modulah/wasm/summary.h"

namespace modulah::wasm {

/// Appends the module to `to` without the sections that `options` drops or that would be wrong
/// once the code has changed: branch hints, build ids, source maps.
void append_without_dropped(std::span<const std::byte> module, const Summary& summary,
                            const OptimizeOptions& options, std::string& to);

}  // namespace modulah::wasm
