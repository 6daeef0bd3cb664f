// A module or component from anywhere: the sizes in it are found or an Error thrown, and what is
// found lies within it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "modulah/base/error.h"
#include "modulah/wasm/demangle.h"
#include "modulah/wasm/largest.h"
#include "modulah/wasm/size_changes.h"

namespace {

using namespace modulah;

void check(const wasm::Largest& largest, std::size_t size) {
  for (const wasm::FunctionSize& one : largest.functions) {
    if (one.offset + one.size > size) std::abort();
    (void)wasm::demangle(one.name);
  }
  for (const wasm::SegmentSize& one : largest.segments)
    if (one.offset + one.size > size) std::abort();
}

/// The sections of a module add up to all of it.
void check(const wasm::Summary& summary) {
  std::uint64_t size = 8;
  for (const wasm::Section& one : summary.sections) size += one.size;
  if (size != summary.size) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span<const std::uint8_t>(data, size));
  try {
    const wasm::Summary summary = wasm::summarize(bytes, "a.wasm", wasm::Depth::headers);
    check(summary);
    check(wasm::find_largest(bytes, summary, "a.wasm", 5), size);
    (void)wasm::size_changes(summary, {});
  } catch (const Error&) {
  }
  return 0;
}
