// Looks up headers.
#include "modulah/registry/transport.h"

#include <algorithm>

namespace modulah::registry {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::optional<std::string_view> HttpResponse::header(std::string_view name) const {
  for (const Header& header : headers)
    if (std::equal(header.name.begin(), header.name.end(), name.begin(), name.end(),
                   [](char a, char b) { return lower(a) == lower(b); }))
      return header.value;
  return std::nullopt;
}

}  // namespace modulah::registry
