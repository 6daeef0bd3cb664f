#include "options.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using namespace modulah::cli;
using std::chrono::milliseconds;

TEST_CASE("sizes are read as podman reads them") {
  struct Case {
    const char* text;
    std::uint64_t bytes;
  };
  constexpr Case kCases[] = {{"0", 0},       {"1024", 1024},      {"5b", 5},
                             {"2k", 2048},   {"64m", 67'108'864}, {"64MiB", 67'108'864},
                             {"1.5K", 1536}, {"1g", 1 << 30},     {"1GB", 1 << 30}};
  for (const Case& c : kCases) CHECK(parse_bytes(c.text, "--memory") == c.bytes);
}

TEST_CASE("what is not a size is named") {
  for (const std::string text : {"", "m", "-1", "1x", "1 m", "nan", "inf", "1e30", "99999999t"})
    CHECK(test::error_of([&] { (void)parse_bytes(text, "--memory"); }) ==
          "--memory \"" + text + "\" is not a size");
}

TEST_CASE("times are seconds unless a unit is given") {
  CHECK(parse_duration("2", "--timeout") == milliseconds(2000));
  CHECK(parse_duration("500ms", "--timeout") == milliseconds(500));
  CHECK(parse_duration("0.5s", "--timeout") == milliseconds(500));
  CHECK(parse_duration("1m", "--timeout") == milliseconds(60'000));
  CHECK(test::error_of([] { (void)parse_duration("1d", "--timeout"); }) ==
        "--timeout \"1d\" is not a duration");
}

TEST_CASE("an option of a list takes one value each time") {
  CLI::App app;
  std::vector<std::string> values;
  std::string operand;
  add_list(app, "-e,--env", values, "");
  app.add_option("IMAGE", operand);
  app.parse("-e A=1 --env B=2 app");
  CHECK(values == std::vector<std::string>{"A=1", "B=2"});
  CHECK(operand == "app");
}
