// Reads a component into a Summary.
#pragma once

#include "modulah/wasm/summary.h"

#include "reader.h"

namespace modulah::wasm {

/// Reads a component whose preamble has been stepped over. Adds to `summary`, which is new.
void read_component(Reader reader, Depth depth, Summary& summary);

}  // namespace modulah::wasm
