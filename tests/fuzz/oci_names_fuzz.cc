// Names of images, digests and platforms from anywhere: a value or an Error; and the text of a
// value reads as the same value.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "modulah/base/error.h"
#include "modulah/oci/digest.h"
#include "modulah/oci/platform.h"
#include "modulah/oci/reference.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modulah;
  using oci::Reference;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto attempt = [](const auto& action) {
    try {
      action();
    } catch (const Error&) {
    }
  };
  const auto require = [](bool is_true) {
    if (!is_true) std::abort();
  };
  for (const auto defaults : {Reference::Defaults::local, Reference::Defaults::docker})
    attempt([&] {
      const Reference reference = Reference::parse(text, defaults);
      require(Reference::parse(reference.text(), Reference::Defaults::docker) == reference);
    });
  attempt([&] { require(oci::Digest::parse(text).text() == text); });
  attempt([&] { require(oci::Platform::parse(text).text() == text); });
  return 0;
}
