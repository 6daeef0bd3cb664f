// An archive that ADD is to unpack: reading it ends with an Error or well.
#include <array>
#include <cstddef>
#include <cstdint>

#include "modulah/base/error.h"
#include "modulah/layer/archive_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modulah;
  layer::ArchiveLimits limits;
  limits.max_plain_bytes = 1 << 20;
  limits.max_entries = 1'000;
  try {
    const auto archive = layer::ArchiveReader::open(
        std::make_unique<SpanSource>(std::as_bytes(std::span<const std::uint8_t>(data, size))),
        "archive", limits);
    if (!archive) return 0;
    std::array<std::byte, 4096> buffer;
    while (archive->next())
      while (archive->read(buffer) != 0) {
      }
  } catch (const Error&) {
  }
  return 0;
}
