// The rules as data, one table for each family, in the order of RuleId.
#pragma once

#include <span>

#include "modulah/validate/finding.h"

namespace modulah::validate {

[[nodiscard]] std::span<const Rule> containerfile_rules();
[[nodiscard]] std::span<const Rule> module_rules();
[[nodiscard]] std::span<const Rule> image_rules();

}  // namespace modulah::validate
