// A layer from anywhere: reading it, its Tree and one of its files end with an Error or well.
#include <cstddef>
#include <cstdint>

#include "modulah/base/error.h"
#include "modulah/layer/tar_reader.h"
#include "modulah/layer/tree.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modulah;
  layer::LayerLimits limits;
  limits.max_plain_bytes = 1 << 20;
  limits.max_entries = 1'000;
  try {
    layer::TarReader reader(
        std::make_unique<SpanSource>(std::as_bytes(std::span<const std::uint8_t>(data, size))),
        "layer", limits);
    layer::Tree tree;
    tree.apply_layer(reader);
    tree.walk([&](const std::string& path, const layer::TreeEntry&) {
      (void)tree.find(path);
      (void)tree.find(path, layer::LastLink::keep);
    });
  } catch (const Error&) {
  }
  return 0;
}
