// What the user types as an image's name: what is wrong with it is wrong with the command line.
#pragma once

#include <string_view>

#include "modulah/oci/platform.h"
#include "modulah/oci/reference.h"

namespace modulah::images {

/// As Reference::parse, for a word of the command line. Throws Error usage.
[[nodiscard]] oci::Reference parse_name(std::string_view word, oci::Reference::Defaults defaults);

/// As Platform::parse, for the value of `option`. Throws Error usage.
[[nodiscard]] oci::Platform parse_platform(std::string_view word, std::string_view option);

}  // namespace modulah::images
