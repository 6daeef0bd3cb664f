// registries.conf: parsing succeeds or throws an Error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "modulah/base/error.h"
#include "modulah/registry/registries_conf.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    (void)modulah::registry::parse_credential_helpers(text, "registries.conf");
  } catch (const modulah::Error&) {
  }
  return 0;
}
