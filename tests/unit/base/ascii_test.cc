// Case, blanks and numbers of ASCII text.
#include "modulah/base/ascii.h"

#include <cstdint>

#include "modulah_test/catch.h"

using namespace modulah;

TEST_CASE("lower and upper change ASCII letters only") {
  CHECK(lower("Content-TYPE Ä1") == "content-type Ä1");
  CHECK(upper("env_x ä1") == "ENV_X ä1");
  CHECK(equal_without_case("WWW-Authenticate", "www-authenticate"));
  CHECK_FALSE(equal_without_case("a", "ab"));
}

TEST_CASE("trim removes blanks and newlines at the ends") {
  CHECK(trim(" \t\r\n a b \v\f") == "a b");
  CHECK(trim(" \n ").empty());
  CHECK(trim_left(" a ") == "a ");
}

TEST_CASE("is_hex wants lower-case digits and at least one") {
  CHECK(is_hex("0af9"));
  CHECK_FALSE(is_hex(""));
  CHECK_FALSE(is_hex("0AF9"));
  CHECK_FALSE(is_hex("g"));
}

TEST_CASE("parse_number takes a whole number that fits, and nothing else") {
  CHECK(parse_number<std::uint64_t>("18446744073709551615") == UINT64_MAX);
  CHECK(parse_number<std::uint8_t>("ff", 16) == 255);
  CHECK(parse_number<int>("-7") == -7);
  for (const char* wrong : {"", " 1", "1 ", "+1", "1x", "0x1"})
    CHECK_FALSE(parse_number<int>(wrong));
  CHECK_FALSE(parse_number<std::uint8_t>("256"));
  CHECK_FALSE(parse_number<unsigned>("-1"));
}
