// Tokens: fetched by scope, cached, renewed in time, and never disclosed.
#include "modulah/registry/auth.h"

#include <fmt/format.h>

#include "modulah/registry/repository.h"

#include "fake_transport.h"
#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using namespace modulah::registry;
using test::error_of;
using test::FakeTransport;

namespace {

constexpr const char* kChallenge = R"(Bearer realm="https://t.test/token",service="r.test")";
constexpr const char* kBlob = "https://r.test/v2/a/blobs/";

struct Fixture {
  FakeTransport http;
  RegistryOptions options;
  std::chrono::steady_clock::time_point now{};
  oci::Descriptor blob{"application/octet-stream", oci::Digest::of("x"), 1};
  std::string head = std::string("HEAD ") + kBlob + oci::Digest::of("x").text();

  Fixture() {
    options.clock = [this] { return now; };
  }
  Repository open(Intent intent = Intent::pull) { return {http, "r.test", "a", intent, options}; }
  [[nodiscard]] std::string authorization(std::size_t index) const {
    return http.requests.at(index).header("Authorization");
  }
};

const test::FakeAnswer kUnauthorized{401, {{"WWW-Authenticate", kChallenge}}};

}  // namespace

TEST_CASE("a token is fetched for the scope with the password, and kept") {
  Fixture fixture;
  fixture.options.credentials = {"ana", "secret", ""};
  const std::string get = "GET https://t.test/token?service=r.test&scope=repository:a:pull,push";
  fixture.http.on(fixture.head, kUnauthorized);
  fixture.http.on(fixture.head, {200});
  fixture.http.on(get, {200, {}, R"({"token":"t1","expires_in":300})"});
  Repository repository = fixture.open(Intent::push);
  CHECK(repository.has(fixture.blob));
  CHECK(repository.has(fixture.blob));
  CHECK(fixture.http.lines() ==
        std::vector<std::string>{fixture.head, get, fixture.head, fixture.head});
  CHECK(fixture.authorization(0).empty());
  CHECK(fixture.authorization(1) == "Basic YW5hOnNlY3JldA==");
  CHECK(fixture.authorization(2) == "Bearer t1");
  CHECK(fixture.authorization(3) == "Bearer t1");
}

TEST_CASE("a token's life may be any number") {
  for (const char* life : {"1e300", "-1e300", "0", "18446744073709551615", "0.5"}) {
    Fixture fixture;
    fixture.http.on(fixture.head, kUnauthorized);
    fixture.http.on(fixture.head, {200});
    fixture.http.on("GET https://t.test/token?service=r.test&scope=repository:a:pull",
                    {200, {}, fmt::format(R"({{"token":"t1","expires_in":{}}})", life)});
    Repository repository = fixture.open();
    CHECK(repository.has(fixture.blob));
  }
}

TEST_CASE("a token is renewed before it expires, and when the registry rejects it") {
  Fixture fixture;
  const std::string get = "GET https://t.test/token?service=r.test&scope=repository:a:pull";
  fixture.http.on(fixture.head, kUnauthorized);
  fixture.http.on(fixture.head, {200});
  fixture.http.on(fixture.head, {200});
  fixture.http.on(fixture.head, kUnauthorized);
  fixture.http.on(fixture.head, {200});
  fixture.http.on(get, {200, {}, R"({"access_token":"t1","expires_in":100})"});
  fixture.http.on(get, {200, {}, R"({"token":"t2"})"});
  fixture.http.on(get, {200, {}, R"({"token":"t3"})"});
  Repository repository = fixture.open();
  CHECK(repository.has(fixture.blob));
  fixture.now += std::chrono::seconds(91);
  CHECK(repository.has(fixture.blob));
  CHECK(fixture.authorization(4) == "Bearer t2");
  CHECK(repository.has(fixture.blob));
  CHECK(fixture.authorization(5) == "Bearer t2");
  CHECK(fixture.authorization(7) == "Bearer t3");
  CHECK(fixture.http.requests.size() == 8);
}

TEST_CASE("a registry that rejects every token is asked only twice") {
  Fixture fixture;
  fixture.options.credentials = {"ana", "secret", ""};
  fixture.http.on(fixture.head, kUnauthorized);
  fixture.http.on("GET https://t.test/token?service=r.test&scope=repository:a:pull",
                  {200, {}, R"({"token":"t1"})"});
  CHECK(error_of([&] { (void)fixture.open().has(fixture.blob); }) ==
        "registry r.test does not allow \"ana\" to pull from a");
  CHECK(fixture.http.requests.size() == 3);
}

TEST_CASE("an identity token is sent in the body, and gets a token") {
  Fixture fixture;
  fixture.options.credentials = {"", "", "id&token"};
  fixture.http.on(fixture.head, kUnauthorized);
  fixture.http.on(fixture.head, {200});
  fixture.http.on("POST https://t.test/token", {200, {}, R"({"access_token":"t1"})"});
  CHECK(fixture.open().has(fixture.blob));
  CHECK(fixture.http.requests[1].body ==
        "grant_type=refresh_token&service=r.test&client_id=modulah&scope=repository:a:pull&"
        "refresh_token=id%26token");
  CHECK(fixture.authorization(1).empty());
  CHECK(fixture.authorization(2) == "Bearer t1");
}

TEST_CASE("malformed answers of a token server are rejected") {
  struct Case {
    int status;
    const char* body;
    const char* message;
  };
  constexpr Case kCases[] = {
      {401, "", "registry r.test rejected the password of \"ana\""},
      {503, "", "the token server of registry r.test answered 503"},
      {302, "", "the token server of registry r.test answered 302"},
      {200, "<html>", "the token server of registry r.test returned no token"},
      {200, "{}", "the token server of registry r.test returned no token"},
      {200, R"({"token":1})", "the token server of registry r.test returned no token"},
      {200, R"({"token":"a\r\nX: y"})", "the token server of registry r.test returned no token"},
  };
  for (const Case& c : kCases) {
    Fixture fixture;
    fixture.options.credentials = {"ana", "secret", ""};
    fixture.http.on(fixture.head, kUnauthorized);
    fixture.http.on("GET https://t.test/token?service=r.test&scope=repository:a:pull",
                    {c.status, {}, c.body});
    CHECK(error_of([&] { (void)fixture.open().has(fixture.blob); }) == c.message);
  }
}

TEST_CASE("a temporary failure of a token server is retried") {
  Fixture fixture;
  std::vector<std::int64_t> waits;
  fixture.options.sleep = [&](std::chrono::milliseconds time) { waits.push_back(time.count()); };
  const std::string get = "GET https://t.test/token?service=r.test&scope=repository:a:pull";
  fixture.http.on(fixture.head, kUnauthorized);
  fixture.http.on(fixture.head, {200});
  fixture.http.on(get, {503});
  fixture.http.on(get, {429, {{"Retry-After", "3"}}});
  fixture.http.on(get, {200, {}, R"({"token":"t1"})"});
  CHECK(fixture.open().has(fixture.blob));
  CHECK(waits == std::vector<std::int64_t>{1'000, 3'000});
}

TEST_CASE("a password is not sent to a token server without TLS") {
  Fixture fixture;
  fixture.options.credentials = {"ana", "secret", ""};
  fixture.http.on(fixture.head,
                  {401, {{"WWW-Authenticate", R"(Bearer realm="http://t.test/token")"}}});
  CHECK(error_of([&] { (void)fixture.open().has(fixture.blob); }) ==
        "registry r.test uses TLS, but names the token server \"t.test\" without TLS");
  CHECK(fixture.http.requests.size() == 1);
}

TEST_CASE("a realm that may not be used or is malformed is an error with a matching hint") {
  struct Case {
    const char* realm;
    const char* message;
    const char* hint;
  };
  constexpr const char* kAdministrator =
      "The registry's administrator has to configure a token server with https.";
  const Case cases[] = {
      // Also on this machine, where plain HTTP is otherwise allowed.
      {"http://127.0.0.1:5/token",
       "registry r.test uses TLS, but names the token server \"127.0.0.1:5\" without TLS",
       kAdministrator},
      {"/token",
       "registry r.test names \"/token\" as its token server, which is not an http or https URL",
       ""},
      {"ftp://t.test/",
       "registry r.test names \"ftp://t.test/\" as its token server, which is not an http or "
       "https URL",
       ""},
      {"https://",
       "registry r.test names \"https://\" as its token server, which is not an http or https URL",
       ""},
      {"https://secret@t.test /",
       "registry r.test names \"https://***@t.test /\" as its token server, which is not an http "
       "or "
       "https URL",
       ""},
  };
  for (const Case& c : cases) {
    Fixture fixture;
    fixture.options.credentials = {"ana", "secret", ""};
    fixture.http.on(fixture.head,
                    {401, {{"WWW-Authenticate", fmt::format("Bearer realm=\"{}\"", c.realm)}}});
    const auto ask = [&] { (void)fixture.open().has(fixture.blob); };
    CHECK(error_of(ask) == c.message);
    CHECK(test::hint_of(ask) == c.hint);
    CHECK(fixture.http.lines() == std::vector<std::string>(2, fixture.head));
  }
  // A registry on this machine without TLS may not send passwords to another machine in clear text.
  Fixture fixture;
  const std::string head = "https://127.0.0.1:5/v2/a/blobs/" + fixture.blob.digest.text();
  fixture.http.on("HEAD " + head, {.fault = TransportFault::no_tls});
  fixture.http.on("HEAD http" + head.substr(5),
                  {401, {{"WWW-Authenticate", R"(Bearer realm="http://t.test/token")"}}});
  const auto ask = [&] {
    (void)Repository(fixture.http, "127.0.0.1:5", "a", Intent::pull, fixture.options)
        .has(fixture.blob);
  };
  CHECK(error_of(ask) == "registry 127.0.0.1:5 names the token server \"t.test\" without TLS");
  CHECK(test::hint_of(ask) == "Allow it with --tls-verify=false.");
}

namespace {

constexpr const char* kGetToken = "GET https://t.test/token?service=r.test&scope=repository:a:pull";

test::FakeAnswer moved_to(const char* place, int status = 302) {
  return {status, {{"Location", place}}};
}

}  // namespace

TEST_CASE("redirects of a token server are followed, without the password for other servers") {
  Fixture fixture;
  fixture.options.credentials = {"ana", "secret", ""};
  fixture.http.on(fixture.head, kUnauthorized);
  fixture.http.on(fixture.head, {200});
  fixture.http.on(kGetToken, moved_to("/v2/token?a=b", 301));
  fixture.http.on("GET https://t.test/v2/token?a=b", moved_to("https://other.test/token", 307));
  fixture.http.on("GET https://other.test/token", moved_to("https://t.test/last", 308));
  fixture.http.on("GET https://t.test/last", {200, {}, R"({"token":"t1"})"});
  CHECK(fixture.open().has(fixture.blob));
  CHECK(fixture.authorization(1) == "Basic YW5hOnNlY3JldA==");
  CHECK(fixture.authorization(2) == "Basic YW5hOnNlY3JldA==");
  CHECK(fixture.http.requests[3].line == "GET https://other.test/token");
  CHECK(fixture.authorization(3).empty());
  // The first server does not receive it again: another server chose the URL.
  CHECK(fixture.authorization(4).empty());
  CHECK(fixture.authorization(5) == "Bearer t1");
}

TEST_CASE("forbidden redirects of a token server are not followed") {
  struct Case {
    const char* realm;
    const char* location;
    const char* message;
  };
  constexpr Case kCases[] = {
      {"https://t.test/token", "http://t.test/token",
       "the token server of registry r.test redirects to \"t.test\", which has no TLS"},
      {"https://t.test/token", "http://127.0.0.1/token",
       "the token server of registry r.test redirects to \"127.0.0.1\", which has no TLS"},
      {"https://t.test/token", "https://t.test:444/token",
       "the token server of registry r.test redirects to \"t.test:444\", which requires a login of "
       "its own"},
      {"https://t.test/token", "https://t.test/token",
       "the token server of registry r.test redirects more than 5 times"},
  };
  for (const Case& c : kCases) {
    Fixture fixture;
    fixture.options.credentials = {"ana", "secret", ""};
    fixture.http.on(fixture.head,
                    {401, {{"WWW-Authenticate", fmt::format("Bearer realm=\"{}\"", c.realm)}}});
    const std::string query = "?scope=repository:a:pull";
    fixture.http.on("GET " + (c.realm + query), moved_to(c.location));
    fixture.http.on("GET https://t.test/token", moved_to("https://t.test/token"));
    fixture.http.on("GET https://t.test:444/token", {401});
    CHECK(error_of([&] { (void)fixture.open().has(fixture.blob); }) == c.message);
  }
}

TEST_CASE("a token server without TLS may redirect on this machine, and to a server with TLS") {
  const auto has = [](Fixture& fixture, const char* place) {
    fixture.options.credentials = {"ana", "secret", ""};
    const std::string head = "://127.0.0.1:4/v2/a/blobs/" + fixture.blob.digest.text();
    fixture.http.on("HEAD https" + head, {.fault = TransportFault::no_tls});
    fixture.http.on("HEAD http" + head,
                    {401, {{"WWW-Authenticate", R"(Bearer realm="http://127.0.0.1:5/token")"}}});
    fixture.http.on("HEAD http" + head, {200});
    fixture.http.on("GET http://127.0.0.1:5/token?scope=repository:a:pull", moved_to(place));
    fixture.http.on(std::string("GET ") + place, {200, {}, R"({"token":"t1"})"});
    return Repository(fixture.http, "127.0.0.1:4", "a", Intent::pull, fixture.options)
        .has(fixture.blob);
  };
  for (const char* place : {"http://localhost:6/token", "https://t.test/token"}) {
    Fixture fixture;
    CHECK(has(fixture, place));
    CHECK(fixture.authorization(3).empty());
  }
  Fixture fixture;
  CHECK(error_of([&] { (void)has(fixture, "http://t.test/token"); }) ==
        "the token server of registry 127.0.0.1:4 redirects to \"t.test\", which has no TLS");
}

TEST_CASE("an identity token is sent to the same server again, and to no other") {
  Fixture fixture;
  fixture.options.credentials = {"", "", "secret"};
  fixture.http.on(fixture.head, kUnauthorized);
  fixture.http.on(fixture.head, {200});
  fixture.http.on("POST https://t.test/token", moved_to("/new", 307));
  fixture.http.on("POST https://t.test/new", {200, {}, R"({"token":"t1"})"});
  CHECK(fixture.open().has(fixture.blob));
  CHECK(fixture.http.requests[2].body == fixture.http.requests[1].body);
  CHECK(fixture.authorization(3) == "Bearer t1");

  const auto fails_with = [](test::FakeAnswer answer) {
    Fixture other;
    other.options.credentials = {"", "", "secret"};
    other.http.on(other.head, kUnauthorized);
    other.http.on("POST https://t.test/token", std::move(answer));
    const std::string error = error_of([&] { (void)other.open().has(other.blob); });
    CHECK(other.http.requests.size() == 2);
    return error;
  };
  CHECK(fails_with(moved_to("https://other.test/token", 308)) ==
        "the token server of registry r.test redirects to \"other.test\", which would receive the "
        "login");
  // This would have to become a GET, without the login.
  CHECK(fails_with(moved_to("https://t.test/new", 302)) ==
        "the token server of registry r.test answered 302");
}

TEST_CASE("check_login tells whether the registry accepts the password") {
  const std::string line = "GET https://r.test/v2/";
  const auto check = [&](FakeTransport& http, Credentials credentials) {
    RegistryOptions options;
    options.credentials = std::move(credentials);
    return error_of([&] { check_login(http, "r.test", options); });
  };
  FakeTransport good;
  good.on(line, {401, {{"WWW-Authenticate", "Basic realm=\"r\""}}});
  good.on(line, {200});
  CHECK(check(good, {"ana", "secret", ""}) == "(no error)");
  CHECK(good.requests[1].header("Authorization") == "Basic YW5hOnNlY3JldA==");
  FakeTransport bad;
  bad.on(line, {401, {{"WWW-Authenticate", "Basic realm=\"r\""}}});
  CHECK(check(bad, {"ana", "secret", ""}) == "registry r.test rejected the password of \"ana\"");
  CHECK(check(bad, {}) == "registry r.test requires a password to log in");
  FakeTransport none;
  CHECK(check(none, {"ana", "secret", ""}) == "r.test is not a registry: it does not have /v2/");
}
