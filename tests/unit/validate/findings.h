// Findings as texts, for whole-message asserts.
#pragma once

#include <string>
#include <vector>

#include "modulah/validate/finding.h"

namespace modulah::validate::test {

/// One line for each finding, and one for its hint.
inline std::string text_of(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += to_line(finding) + "\n";
    if (!finding.hint.empty()) text += "  " + finding.hint + "\n";
  }
  return text;
}

}  // namespace modulah::validate::test
