// What goes to stdout has nothing in it that a terminal obeys.
#include "print.h"

#include <nlohmann/json.hpp>

#include "modulah_test/catch.h"

using namespace modulah::cli;

TEST_CASE("JSON escapes what a terminal would obey, and stays the same JSON") {
  const nlohmann::ordered_json json = {{"a\x1b", "\x7f \u009b31m \u202e é\n"}, {"b", {1, 2}}};
  CHECK(json_text(json) == R"({"a\u001b":"\u007f \u009b31m \u202e é\n","b":[1,2]})");
  CHECK(nlohmann::ordered_json::parse(json_text(json, 4)) == json);
}

TEST_CASE("a cell of a table has one line, whatever is in it") {
  CHECK(table({{"a\nb", "c\x1b[31m"}, {"d", "e"}}) == "a\\x0ab  c\\x1b[31m\nd       e\n");
}
