// Reads a core module into a Summary.
#pragma once

#include "modulah/wasm/summary.h"

#include "reader.h"

namespace modulah::wasm {

/// Reads a module whose preamble has been stepped over. Adds to `summary`, which is new.
void read_module(Reader reader, Depth depth, Summary& summary);

}  // namespace modulah::wasm
