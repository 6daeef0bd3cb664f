#include "modulah/base/reporter.h"

#include "modulah_test/catch.h"

using namespace modulah;

TEST_CASE("the silent reporter takes everything") {
  Reporter& reporter = silent_reporter();
  reporter.info("a");
  reporter.warning("b");
  reporter.debug("c");
  const auto progress = reporter.begin("upload", 10);
  REQUIRE(progress != nullptr);
  progress->advance(10);
  progress->finish("done");
  CHECK(&reporter == &silent_reporter());
}
