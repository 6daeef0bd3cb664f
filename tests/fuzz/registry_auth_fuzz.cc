// Challenges and auth files: parsing succeeds or throws an Error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "modulah/base/error.h"
#include "modulah/registry/auth.h"
#include "modulah/registry/credentials.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modulah;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)registry::parse_challenges(text);
  (void)registry::normal_key(text);
  for (const auto form : {registry::AuthFileForm::current, registry::AuthFileForm::legacy}) {
    try {
      for (const auto& [key, credentials] :
           registry::parse_auth_file(text, "auth.json", form).entries)
        (void)registry::basic_authorization(credentials);
    } catch (const Error&) {
    }
  }
  return 0;
}
