// What skip() has noted, for main.cc.
#pragma once

#include <string>
#include <vector>

namespace modulah::test {

/// What happened to the test cases of this program.
struct Tally {
  std::string running;      ///< The test case that runs now.
  bool is_skipped = false;  ///< The running one was skipped.
  unsigned passed = 0;
  unsigned failed = 0;
  std::vector<std::string> skipped;  ///< "CASE: REASON".
  std::vector<std::string> in_part;  ///< "CASE: REASON", of cases that passed.
};
[[nodiscard]] Tally& tally();

}  // namespace modulah::test
