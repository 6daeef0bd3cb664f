// WWW-Authenticate headers: well-formed, unusual and malformed.
#include "modulah/registry/auth.h"

#include "modulah_test/catch.h"

using namespace modulah::registry;

TEST_CASE("parse_challenges reads schemes and parameters") {
  struct Case {
    const char* header;
    std::vector<Challenge> challenges;
  };
  const Case cases[] = {
      {"", {}},
      {"Basic", {{"basic", {}}}},
      {"Basic realm=\"a, b\"", {{"basic", {{"realm", "a, b"}}}}},
      {"Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:a/b:pull,push\"",
       {{"bearer",
         {{"realm", "https://a/t"}, {"service", "s"}, {"scope", "repository:a/b:pull,push"}}}}},
      {"BEARER Realm = x , SERVICE=y", {{"bearer", {{"realm", "x"}, {"service", "y"}}}}},
      {"Negotiate, Basic realm=\"x\"", {{"negotiate", {}}, {"basic", {{"realm", "x"}}}}},
      {"Bearer realm=\"a\\\"b\"", {{"bearer", {{"realm", "a\"b"}}}}},
      {"Bearer realm=\"no end", {{"bearer", {}}}},
      {"Bearer realm=\"no end\\", {{"bearer", {}}}},
      {"realm=\"nobody's\"", {}},
      {"Bearer a=1,a=2", {{"bearer", {{"a", "1"}}}}},
      {"=;=", {}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.header);
    CHECK(parse_challenges(c.header) == c.challenges);
  }
}

TEST_CASE("parse_challenges keeps to its bounds") {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "Basic,";
  CHECK(parse_challenges(many).size() == 16);
}

TEST_CASE("basic_authorization is base64 of user:password") {
  CHECK(basic_authorization({"Aladdin", "open sesame", ""}) ==
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  CHECK(basic_authorization({"a", "", ""}) == "Basic YTo=");
}
