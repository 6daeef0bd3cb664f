// Documents of an image from anywhere: each reader makes a value or throws an Error; and what is
// written of a value reads as the same value again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "modulah/base/error.h"
#include "modulah/oci/image_config.h"
#include "modulah/oci/index.h"
#include "modulah/oci/manifest.h"

namespace {

using namespace modulah;

/// `parse` is one of the readers.
template <typename Parse>
void round_trip(std::string_view text, const Parse& parse) {
  std::string written;
  try {
    written = oci::to_json(parse(text, "document"));
  } catch (const Error&) {
    return;
  }
  // What we wrote ourselves has to be readable.
  if (oci::to_json(parse(written, "document")) != written) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  round_trip(text, [](auto json, auto what) { return oci::parse_manifest(json, what); });
  round_trip(text, [](auto json, auto what) { return oci::parse_index(json, what); });
  round_trip(text, [](auto json, auto what) { return oci::parse_image_config(json, what); });
  return 0;
}
