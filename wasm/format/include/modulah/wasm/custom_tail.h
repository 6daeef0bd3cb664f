// Finds the custom sections that a module ends with, without reading what is in them.
//
// Compilers put names and debug information last, and in a debug build they are nine tenths of the
// file. Engines do not need them: a module that is cut where they begin is complete, and is valid
// when the whole one is. So a reader of a large module file can keep its beginning in memory and
// stream the rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "modulah/wasm/summary.h"

namespace modulah::wasm {

struct TailSection {
  CustomSection section;
  std::string header;  ///< Its first bytes, up to the end of its name, as they are in the file.
};

struct CustomTail {
  std::uint64_t offset = 0;  ///< Where it begins; the module's size when there is none.
  std::vector<TailSection> sections;
};

/// Fills the start of `buffer` with what is at `offset` of a file, and returns how many bytes that
/// are; fewer than there is room for only at the file's end.
using ReadAt = std::function<std::size_t(std::uint64_t offset, std::span<std::byte> buffer)>;

/// Reads the headers of a file's sections, at most 256 bytes of each. `size` is the file's, in
/// bytes. A component, and whatever is not as it should be, has no tail: reading all of it tells
/// what is wrong. Throws only what `read_at` throws.
[[nodiscard]] CustomTail find_custom_tail(const ReadAt& read_at, std::uint64_t size);

}  // namespace modulah::wasm
