// A line between modulah and its Binaryen worker, read as each end does: what is read is written
// and read again as the same, or an Error is thrown.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "protocol.h"

namespace {

using namespace modulah;

template <typename Decode>
void check(std::string_view text, Decode decode) {
  try {
    const std::string once = wasm::encode(decode(text));
    std::string_view again = once;
    if (wasm::encode(decode(again)) != once || !again.empty()) std::abort();
  } catch (const Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(text, wasm::decode_request);
  check(text, wasm::decode_reply);
  return 0;
}
