// How deep untrusted JSON may be nested.
#pragma once

#include <string_view>

#include "modulah/base/json.h"

namespace modulah::oci {

/// Deeper than any document of the specifications.
inline constexpr int kMaxNesting = kMaxJsonNesting;

/// To be called before untrusted text is parsed into values that are copied or printed: both
/// recurse, and a text of some hundred thousand brackets would end the process.
/// Throws Error invalid, with the offset, when `json` is nested deeper than kMaxNesting.
void check_nesting(std::string_view json, std::string_view what);

}  // namespace modulah::oci
