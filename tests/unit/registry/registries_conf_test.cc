#include "modulah/registry/registries_conf.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using namespace modulah::registry;

namespace {

std::string helpers_in(std::string_view toml) {
  const auto found = parse_credential_helpers(toml, "registries.conf");
  return found ? fmt::format("{}", fmt::join(*found, " ")) : "(none)";
}

}  // namespace

TEST_CASE("credential helpers are found in a file, in order") {
  CHECK(helpers_in("credential-helpers = [\"safe\"]") == "safe");
  CHECK(helpers_in("credential-helpers=['a', \"containers-auth.json\" , ]\n") ==
        "a containers-auth.json");
  CHECK(helpers_in("\"credential-helpers\" = [ # these\n  \"a\", # first\n\n  'b'\n]\n") == "a b");
  CHECK(helpers_in("credential-helpers = []") == "");
}

TEST_CASE("credential helpers are found after values of all kinds") {
  CHECK(helpers_in("# credential-helpers = [\"no\"]\n"
                   "unqualified-search-registries = [\"docker.io\", # ]\n  'x[']\n"
                   "short-name-mode = \"a \\\" # b\"\n"
                   "text = \"\"\"\ncredential-helpers = [\"no\"]\n\"\"\"\n"
                   "raw = '''\n[table]\n'''\n"
                   "inline = { a = [1, 2], b = \"}\" }\n"
                   "number = 1 # one\n"
                   "credential-helpers = [\"yes\"]\n") == "yes");
}

TEST_CASE("credential-helpers in a table is another setting") {
  CHECK(helpers_in("") == "(none)");
  CHECK(helpers_in("[[registry]]\ncredential-helpers = [\"a\"]\n") == "(none)");
  CHECK(helpers_in("credential-helpers-too = [\"a\"]\nno line of TOML\n") == "(none)");
}

TEST_CASE("credential-helpers that is not a list of strings, or truncated, is rejected") {
  for (const char* value : {"\"a\"", "", "[1]", "[\"a\" \"b\"]", "[\"a\"", "[", "[\"a", "[[\"a\"]]",
                            "[\"a\\n\"]", "[\"\"\"a\"\"\"]"})
    CHECK(test::error_of([&] {
            (void)helpers_in(fmt::format("credential-helpers = {}", value));
          }) == "registries.conf: \"credential-helpers\" is not a list of strings");
  constexpr std::string_view kText = "a = \"b\\\"\"\nb = '''c'''\nc = [{}]\ncredential-helpers = [";
  for (std::size_t size = 0; size + 4 < kText.size(); ++size)
    CHECK(helpers_in(kText.substr(0, size)) == "(none)");
}
