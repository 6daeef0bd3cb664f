// Amounts for people.
#include "modulah/base/human.h"

#include <cstdint>
#include <limits>

#include "modulah_test/catch.h"

using namespace modulah;

TEST_CASE("sizes have three digits and decimal units") {
  struct Case {
    std::uint64_t bytes;
    const char* text;
  };
  constexpr Case kCases[] = {
      {0, "0 B"},
      {999, "999 B"},
      {1000, "1 kB"},
      {1049, "1.05 kB"},
      {99'960, "100 kB"},
      {999'499, "999 kB"},
      {999'500, "1 MB"},
      {4'500'000, "4.5 MB"},
      {113'400'000, "113 MB"},
      {2'000'000'000, "2 GB"},
      {std::numeric_limits<std::uint64_t>::max(), "18.4 EB"},
  };
  for (const Case& c : kCases) CHECK(human_size(c.bytes) == c.text);
}
