// URLs: origins, Locations, parameters.
#include "url.h"

#include "modulah/registry/repository.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using namespace modulah::registry;

TEST_CASE("parse_url finds the origin, without user, case and fragment") {
  const Url url = parse_url("HTTPS://ana:pw@Host.Test:5000/A/b?c=D#e");
  CHECK(url.origin() == "https://host.test:5000");
  CHECK(url.target == "/A/b?c=D");
  CHECK(parse_url("http://h?q").text() == "http://h/?q");
  CHECK(parse_url("http://evil.test\\@good.test/").authority == "good.test");
  CHECK(parse_url("/path").authority.empty());
  CHECK(parse_url("http://a/\r\nX: y").authority.empty());
}

TEST_CASE("resolve_location supports absolute and relative Locations") {
  const Url base = parse_url("https://r.test/v2/a/blobs/uploads/?x=/y");
  CHECK(resolve_location(base, "http://o.test/p?q").text() == "http://o.test/p?q");
  CHECK(resolve_location(base, "//o.test/p").text() == "https://o.test/p");
  CHECK(resolve_location(base, "/v2/u?s=1").text() == "https://r.test/v2/u?s=1");
  CHECK(resolve_location(base, "u?s=http://z").text() ==
        "https://r.test/v2/a/blobs/uploads/u?s=http://z");
  CHECK(test::error_of([&] { (void)resolve_location(base, "file:///etc/passwd"); }) ==
        "r.test redirects to a Location that is not an http or https URL");
}

TEST_CASE("with_parameter keeps the query and encodes the value") {
  CHECK(with_parameter("http://a/b", "d", "sha256:0") == "http://a/b?d=sha256:0");
  CHECK(with_parameter("http://a/b?c=1", "s", "a b&c") == "http://a/b?c=1&s=a%20b%26c");
}

TEST_CASE("loopback hosts are recognized") {
  for (const char* host : {"localhost", "localhost:5000", "127.0.0.1", "127.1.2.3:80", "[::1]:5000",
                           "a.localhost", "LOCALHOST"})
    CHECK(is_loopback(host));
  for (const char* host : {"127.0.0.1.evil.test", "localhost.test", "10.0.0.1", "[::2]:5000", ""})
    CHECK_FALSE(is_loopback(host));
}
