// Custom sections: noted all, and read where they say something about the whole binary.
#pragma once

#include "modulah/wasm/summary.h"

#include "reader.h"

namespace modulah::wasm {

/// Notes one section, which began at `start`, and reads it if it is of a kind we know. `section` is
/// its content, from the name on. Throws Error only for the section's name.
void read_custom_section(Reader section, std::uint64_t start, Summary& summary);

/// Notes a section whose content is not there.
void note_custom_section(CustomSection section, Summary& summary);

}  // namespace modulah::wasm
