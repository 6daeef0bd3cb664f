// Finds headers by name.
#include "modulah/registry/transport.h"

#include "modulah/base/ascii.h"

namespace modulah::registry {

std::optional<std::string_view> HttpResponse::header(std::string_view name) const {
  for (const Header& header : headers)
    if (equal_without_case(header.name, name)) return header.value;
  return std::nullopt;
}

}  // namespace modulah::registry
