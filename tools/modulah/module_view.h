// A module report for people.
#pragma once

#include <string>

#include "module_report.h"

namespace modulah::cli {

/// The report as lines of at most 80 columns: what the module is, its imports and exports, and
/// where its bytes are, with bars. What others wrote in it is printable().
[[nodiscard]] std::string module_view(const ModuleReport& report);

}  // namespace modulah::cli
