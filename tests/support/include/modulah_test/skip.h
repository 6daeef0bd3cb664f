// Saying that a test is skipped, so that it is seen and counted.
//
// Catch2 2 cannot skip a test case, so a case that misses a peer or an input calls skip() and
// returns. The main function of every test program (main.cc) prints each such case with its reason
// and counts it apart from those that passed; a program whose cases were all skipped ends with 77,
// which ctest calls "Skipped".
#pragma once

#include <string_view>

namespace modulah::test {

/// Notes that the running test case was skipped, and why: "there is no umoci". The case returns
/// then.
void skip(std::string_view reason);

/// Notes that the running test case did not check one thing that it would have checked with a peer
/// or a system that is not there. It still counts as passed; the reason is printed.
void skip_part(std::string_view reason);

/// True when `program` is in PATH. When it is not, the running test case is noted as skipped.
[[nodiscard]] bool has_program(std::string_view program);

}  // namespace modulah::test
