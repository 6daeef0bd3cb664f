// "# check=skip=NAME,…;error=true": which rules a file does not want to hear, and how much the
// others weigh. https://docs.docker.com/reference/dockerfile/#check is the form.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "modulah/validate/containerfile.h"

namespace modulah::validate {

struct CheckDirective {
  bool skips_all = false;
  std::set<std::string, std::less<>> skipped;  ///< Names of rules.
  bool makes_errors = false;                   ///< Warnings become errors.
  std::vector<Finding> findings;               ///< About the directive itself.
};

[[nodiscard]] CheckDirective read_check_directive(const ContainerfileFacts& facts);

}  // namespace modulah::validate
