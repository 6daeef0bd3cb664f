// What the names of a binary's imports, exports and sections mean.
#pragma once

#include "modulah/wasm/summary.h"

namespace modulah::wasm {

/// Sets `role`, `wasi`, `wasi_version` and `environments` from the rest.
void classify(Summary& summary);

}  // namespace modulah::wasm
