// The line of a piece of work under way.
#include "terminal_reporter.h"

#include <array>

#include "modulah_test/catch.h"

using namespace modulah::cli;

namespace {

constexpr std::uint64_t kMB = 1'000'000;

}  // namespace

TEST_CASE("a line has the name, a bar, the bytes and the rate") {
  CHECK(progress_line({"blob 95f7839088ea", 100 * kMB, 400 * kMB, 4}, 80) ==
        "blob 95f7839088ea         [#####---------------]   100 MB of 400 MB    25 MB/s");
  CHECK(progress_line({"blob 95f7839088ea", 0, 400 * kMB, 0}, 80) ==
        "blob 95f7839088ea         [--------------------]      0 B of 400 MB");
  // What nobody knows the size of has no bar, and what cannot be counted has its time.
  CHECK(progress_line({"blob 95f7839088ea", kMB, 0, 1}, 80) ==
        "blob 95f7839088ea                       1 MB     1 MB/s");
  CHECK(progress_line({"optimizing app.wasm", 0, 0, 3}, 80) == "optimizing app.wasm  3 s");
  CHECK(progress_line({"optimizing app.wasm", 0, 0, 187.9}, 80) == "optimizing app.wasm  3:07 min");
}

TEST_CASE("a line is never as wide as the terminal") {
  const ProgressState widest{"optimizing target/wasm32-wasip1/release/app.wasm", 999'499'999'999,
                             999'499'999'999, 952'380.0};
  CHECK(progress_line(widest, 80) ==
        "optimizing target/wasm32  [####################]   999 GB of 999 GB  1.05 MB/s");
  CHECK(progress_line(widest, 60) == "optimizing target/wasm32    999 GB of 999 GB  1.05 MB/s");
  const ProgressState uncounted{widest.what, 0, 0, 100'000};
  for (unsigned columns = 1; columns < 200; ++columns) {
    CHECK(progress_line(widest, columns).size() < columns);
    CHECK(progress_line(uncounted, columns).size() < columns);
  }
}

TEST_CASE("lines that are broken by a narrower window are more rows") {
  constexpr std::array<std::size_t, 3> kLengths = {79, 0, 40};
  CHECK(rows_of(kLengths, 80) == 3);
  CHECK(rows_of(kLengths, 79) == 3);
  CHECK(rows_of(kLengths, 40) == 4);
  CHECK(rows_of(kLengths, 39) == 6);
  CHECK(rows_of(kLengths, 1) == 120);
}
