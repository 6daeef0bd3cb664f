// A stream that says it is compressed: reading it ends with an Error or well, and a small one that
// becomes large is given out piece by piece.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "modulah/base/compress.h"
#include "modulah/base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modulah;
  constexpr std::size_t kMaxPlainBytes = 4 << 20;
  const auto bytes = std::as_bytes(std::span<const std::uint8_t>(data, size));
  for (const Compression compression : {Compression::gzip, Compression::zstd}) {
    try {
      SpanSource stored(bytes);
      const auto plain = make_decompressor(compression, stored);
      std::array<std::byte, 5000> buffer;
      for (std::size_t left = kMaxPlainBytes; left != 0;) {
        const std::size_t count = plain->read(buffer);
        if (count == 0) break;
        left -= std::min(left, count);
      }
    } catch (const Error&) {
    }
  }
  (void)detect_compression(bytes.first(std::min(size, kDetectBytes)));
  return 0;
}
