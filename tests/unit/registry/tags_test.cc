#include "modulah/registry/tags.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "repository_fixture.h"

using namespace modulah;
using test::FakeAnswer;

namespace {

using Tags = std::vector<std::string>;

struct Fixture : test::RepositoryFixture {
  Tags list() { return registry::list_tags(http, test::kRegistry, "demo/app", options); }
};

}  // namespace

TEST_CASE("tags are listed page by page") {
  Fixture f;
  f.on("GET", "tags/list",
       {200,
        {{"Link", "</v2/demo/app/tags/list?last=b&n=2>; rel=\"next\""}},
        R"({"name":"demo/app","tags":["a","b"]})"});
  f.on("GET", "tags/list?last=b&n=2",
       {200,
        {{"Link", "<https://elsewhere.test/v2/demo/app/tags/list?last=c>; rel=\"next\""}},
        R"({"name":"demo/app","tags":["c","b"]})"});
  f.on("GET", "tags/list?last=c", {200, {}, R"({"tags":null})"});
  CHECK(f.list() == Tags{"a", "b", "c"});
  CHECK(f.http.lines().back() == "GET https://r.test/v2/demo/app/tags/list?last=c");
}

TEST_CASE("a registry that gives the same page again and again is not asked for ever") {
  Fixture f;
  f.on("GET", "tags/list",
       {200, {{"Link", "</v2/demo/app/tags/list>; rel=next"}}, R"({"tags":["a"]})"});
  CHECK(f.list() == Tags{"a"});
  CHECK(f.http.requests.size() == 2);
}

TEST_CASE("a list of tags that is malformed or not there is an error") {
  for (const char* body : {"", "[]", "{}", R"({"tags":{}})", R"({"tags":[1]})"}) {
    Fixture f;
    f.on("GET", "tags/list", {200, {}, body});
    CHECK(test::kind_of_error([&] { (void)f.list(); }) == "invalid");
  }
  Fixture missing;
  CHECK(test::kind_of_error([&] { (void)missing.list(); }) == "not_found");
}
