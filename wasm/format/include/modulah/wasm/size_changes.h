// What became smaller between two versions of a module, e.g. by optimising.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "modulah/wasm/summary.h"

namespace modulah::wasm {

/// The bytes that are there for one purpose, before and after.
struct SizeChange {
  std::string_view what;  ///< "code", "data", "debug information", "names", "other sections".
  std::uint64_t before = 0;
  std::uint64_t after = 0;
};

/// The purposes whose sizes differ, the largest difference first. The summaries may be of any
/// depth.
[[nodiscard]] std::vector<SizeChange> size_changes(const Summary& before, const Summary& after);

}  // namespace modulah::wasm
