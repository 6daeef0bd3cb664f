// The main function of every test program: Catch2's, which then says how many test cases passed,
// failed and were skipped. tests/summary.py adds up these lines.
#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
using EventListener = Catch::EventListenerBase;
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
using EventListener = Catch::TestEventListenerBase;
#endif

#include <cstdio>

#include "tally.h"

namespace {

using modulah::test::Tally;
using modulah::test::tally;

constexpr int kSkipped = 77;  ///< ctest's SKIP_RETURN_CODE.

/// Tells the tally which test case runs, and how it went.
class Listener : public EventListener {
 public:
  using EventListener::EventListener;

  void testCaseStarting(const Catch::TestCaseInfo& info) override {
    tally().running = info.name;
    tally().is_skipped = false;
  }

  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    Tally& notes = tally();
    if (stats.totals.testCases.failed != 0)
      ++notes.failed;
    else if (!notes.is_skipped)
      ++notes.passed;
  }
};

CATCH_REGISTER_LISTENER(Listener)

}  // namespace

int main(int argc, char** argv) {
  const int status = Catch::Session().run(argc, argv);
  const Tally& notes = tally();
  for (const std::string& line : notes.skipped) std::printf("skipped: %s\n", line.c_str());
  for (const std::string& line : notes.in_part) std::printf("in part: %s\n", line.c_str());
  std::printf("cases: %u passed, %u failed, %zu skipped\n", notes.passed, notes.failed,
              notes.skipped.size());
  const bool is_all_skipped = notes.passed == 0 && !notes.skipped.empty();
  return status == 0 && is_all_skipped ? kSkipped : status;
}
