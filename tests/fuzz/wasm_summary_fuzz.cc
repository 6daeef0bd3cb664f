// A module or component from anywhere: at both depths its summary is made or an Error thrown.
#include <cstddef>
#include <cstdint>

#include "modulah/base/error.h"
#include "modulah/wasm/summary.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modulah;
  for (const wasm::Depth depth : {wasm::Depth::headers, wasm::Depth::instructions}) {
    try {
      (void)wasm::summarize(std::as_bytes(std::span<const std::uint8_t>(data, size)), "a.wasm",
                            depth);
    } catch (const Error&) {
    }
  }
  return 0;
}
