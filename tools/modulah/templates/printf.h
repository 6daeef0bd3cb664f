// Go's printf.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "value.h"

namespace modulah::cli::templates {

/// Formats `values` by the verbs %v %s %q %d %x %X %o %b %c %t %e %f %g and %%, with the flags "-",
/// "+", "0" and " ", a width and a precision. Throws Error usage for other verbs, too few or too
/// many values, and a value that does not fit its verb.
[[nodiscard]] std::string format_values(std::string_view format, std::span<const Value> values);

}  // namespace modulah::cli::templates
