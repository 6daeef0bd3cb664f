// The name of a function, from anywhere: a result that is not too long, in bounded time and memory.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "modulah/wasm/demangle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modulah::wasm;
  const std::string_view symbol(reinterpret_cast<const char*>(data), size);
  const std::string name = demangle(symbol);
  if (name.size() > kMaxDemangledBytes && name != symbol) std::abort();
  return 0;
}
