// The table of options that other tools have.
#include "build_options.h"

#include <set>
#include <string>
#include <vector>

#include "build_other_options.h"
#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using modulah::cli::OtherOption;
using Answer = OtherOption::Answer;
using Kind = OtherOption::Kind;

namespace {

std::vector<std::string> names_of(const OtherOption& option) {
  return CLI::detail::split(std::string(option.names), ',');
}

/// What `words`, the operand among them, make of a build's options.
modulah::cli::BuildOptions parse(std::vector<std::string> words) {
  CLI::App app;
  modulah::cli::BuildOptions options;
  modulah::cli::add_build_options(app, options);
  app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  return options;
}

std::vector<std::string> line_with(const OtherOption& option, const std::string& name) {
  if (option.kind == Kind::flag) return {name, "dir"};
  return {name, "value", "dir"};
}

}  // namespace

TEST_CASE("every option of other tools has a reason, and a hint when it is refused") {
  std::set<std::string> seen;
  std::string last;
  for (const OtherOption& option : modulah::cli::other_build_options()) {
    CAPTURE(option.names);
    for (const std::string& name : names_of(option)) CHECK(seen.insert(name).second);
    CHECK_FALSE(option.reason.empty());
    CHECK((option.hint.empty() == (option.answer == Answer::accepted)));
    // In order, so that one is found.
    CHECK(last < names_of(option).back());
    last = names_of(option).back();
  }
}

TEST_CASE("an option that is accepted changes nothing, and one that is refused says so") {
  for (const OtherOption& option : modulah::cli::other_build_options())
    for (const std::string& name : names_of(option)) {
      CAPTURE(name);
      if (option.answer == Answer::accepted) {
        CHECK(parse(line_with(option, name)).context == "dir");
        continue;
      }
      CHECK(modulah::test::kind_of_error([&] { (void)parse(line_with(option, name)); }) == "usage");
      CHECK(modulah::test::error_of([&] { (void)parse(line_with(option, name)); }) ==
            "option \"" + names_of(option).back() +
                "\" is not supported: " + std::string(option.reason));
      if (option.answer == Answer::refused_unless_false)
        CHECK(parse({name + "=false", "dir"}).context == "dir");
    }
}

TEST_CASE("--pull takes podman's policies and no others") {
  for (const char* word :
       {"--pull", "--pull=always", "--pull=newer", "--pull=never", "--pull=false"})
    CHECK(parse({word, "dir"}).context == "dir");
  CHECK_THROWS(parse({"--pull=sometimes", "dir"}));
}
