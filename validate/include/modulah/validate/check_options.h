// "skip=NAME,NAME;error=true;experimental=NAME": which rules apply to a Containerfile, and
// whether their findings keep it from being built.
//
// The same text comes from "# check=" at the top of the file, from
// --build-arg BUILDKIT_DOCKERFILE_CHECK, which replaces that, and from a comment "# check="
// directly above an instruction, which adds to it for this instruction. All as in BuildKit:
// https://docs.docker.com/reference/dockerfile/#check
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "modulah/validate/finding.h"

namespace modulah::validate {

/// Names of rules, or all of them.
struct RuleNames {
  bool are_all = false;
  std::set<std::string, std::less<>> names;

  [[nodiscard]] bool contains(std::string_view name) const {
    return are_all || names.contains(name);
  }
};

struct CheckOptions {
  RuleNames skipped;
  RuleNames experimental;     ///< The experimental rules that apply.
  bool makes_errors = false;  ///< A warning counts as an error, and the file is not built.

  /// Is a finding of `rule` reported? Experimental rules are never skipped, because they apply only
  /// on request. That the file cannot be parsed or built is always reported.
  [[nodiscard]] bool shows(const Rule& rule) const;
};

/// Reads the text. A bool is one of Go's: 1, t, T, true, TRUE, True and the same for false.
/// Throws Error: invalid for an unknown option, one without "=", and for what is not a bool.
[[nodiscard]] CheckOptions parse_check_options(std::string_view text);

}  // namespace modulah::validate
