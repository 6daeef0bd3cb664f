// A repository with prepared answers: correct ones, unusual ones, and those of broken or hostile
// servers.
#include "modulah/registry/repository.h"

#include <fmt/format.h>

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "modulah_test/images.h"
#include "modulah_test/memory_store.h"
#include "repository_fixture.h"

using namespace modulah;
using namespace modulah::registry;
using test::blob_of;
using test::error_of;
using test::FakeAnswer;
using test::hint_of;
using test::kBase;
using test::path_of;
using Fixture = test::RepositoryFixture;

namespace {

std::string read(Repository& repository, const oci::Descriptor& blob) {
  return oci::read_blob(repository, blob, 1 << 20);
}

struct KnownPlaces : BlobPlaces {
  explicit KnownPlaces(std::map<oci::Digest, std::string> some) : known(std::move(some)) {}
  std::string find(const oci::Digest& blob) override {
    return known.contains(blob) ? known.at(blob) : "";
  }
  void add(const oci::Digest& blob, const std::string& repository) override {
    known.insert_or_assign(blob, repository);
  }
  std::map<oci::Digest, std::string> known;
};

const std::string kManifest = R"({"schemaVersion":2,"layers":[],"config":{}})";
const std::string kManifestType = std::string(oci::media_type::kOciManifest);

}  // namespace

// ---- manifests

TEST_CASE("resolve sends one HEAD that accepts all four types") {
  Fixture fixture;
  fixture.on("HEAD", "manifests/v1",
             {200,
              {{"content-type", kManifestType + "; charset=utf-8"},
               {"content-length", "43"},
               {"docker-content-digest", oci::Digest::of(kManifest).text()}}});
  Repository repository = fixture.open();
  CHECK(repository.resolve("v1") == oci::Descriptor{kManifestType, oci::Digest::of(kManifest), 43});
  REQUIRE(fixture.http.requests.size() == 1);
  CHECK(fixture.http.requests[0].header("Accept") ==
        "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, "
        "application/vnd.docker.distribution.manifest.v2+json, "
        "application/vnd.docker.distribution.manifest.list.v2+json");
  CHECK_FALSE(repository.resolve("v2"));
}

TEST_CASE("without a digest or type in the answer, the manifest is fetched") {
  Fixture fixture;
  fixture.on("HEAD", "manifests/v1", {200});
  fixture.on("GET", "manifests/v1", {200, {{"Content-Type", "text/plain"}}, kManifest});
  CHECK(fixture.open().resolve("v1") ==
        oci::Descriptor{kManifestType, oci::Digest::of(kManifest), kManifest.size()});
}

TEST_CASE("a manifest with another digest than requested is rejected") {
  Fixture fixture;
  const std::string wanted = oci::Digest::of("wanted").text();
  const std::string other = oci::Digest::of("other").text();
  fixture.on("HEAD", "manifests/" + wanted,
             {200,
              {{"Content-Type", kManifestType},
               {"Content-Length", "5"},
               {"Docker-Content-Digest", other}}});
  CHECK(error_of([&] { (void)fixture.open().resolve(wanted); }) ==
        fmt::format("image r.test/demo/app@{} has the digest {}", wanted, other));
}

TEST_CASE("a manifest that is too large or not a manifest is rejected") {
  Fixture fixture;
  fixture.on("HEAD", "manifests/large", {200});
  fixture.on("GET", "manifests/large", {200, {}, std::string((4 << 20) + 1, ' ')});
  CHECK(error_of([&] { (void)fixture.open().resolve("large"); }) ==
        "image r.test/demo/app:large is larger than the 4194304 bytes allowed");
  fixture.on("HEAD", "manifests/odd", {200});
  fixture.on("GET", "manifests/odd", {200, {{"Content-Type", "text/html"}}, "<html>\x1b[2J"});
  CHECK(error_of([&] { (void)fixture.open().resolve("odd"); }) ==
        "image r.test/demo/app:odd has the media type \"\", which is neither a manifest nor an "
        "index");
}

// ---- blobs

TEST_CASE("a blob is verified while it arrives") {
  Fixture fixture;
  const auto blob = blob_of("content");
  fixture.on("GET", path_of(blob), {200, {}, "content"});
  Repository repository = fixture.open();
  CHECK(read(repository, blob) == "content");
  const auto other = blob_of("another");
  fixture.on("GET", path_of(other), {200, {}, "content"});
  CHECK(error_of([&] { (void)read(repository, other); }) ==
        fmt::format("blob {} has other bytes: their digest is {}", other.digest.text(),
                    blob.digest.text()));
  const auto short_one = blob_of("conten");
  fixture.on("GET", path_of(short_one), {200, {}, "content"});
  CHECK(error_of([&] { (void)read(repository, short_one); }) ==
        fmt::format("blob {} has more than the 6 bytes its descriptor says",
                    short_one.digest.text()));
}

TEST_CASE("an interrupted download is resumed") {
  Fixture fixture;
  const auto blob = blob_of("0123456789");
  fixture.on("GET", path_of(blob), {200, {}, "0123", true});
  fixture.on("GET", path_of(blob), {206, {}, "45", true});
  fixture.on("GET", path_of(blob), {200, {}, "0123456789"});
  Repository repository = fixture.open();
  CHECK(read(repository, blob) == "0123456789");
  REQUIRE(fixture.http.requests.size() == 3);
  CHECK(fixture.http.requests[0].header("Range").empty());
  CHECK(fixture.http.requests[1].header("Range") == "bytes=4-");
  CHECK(fixture.http.requests[2].header("Range") == "bytes=6-");
}

TEST_CASE("a download that is interrupted each time fails") {
  Fixture fixture;
  const auto blob = blob_of("0123456789");
  fixture.on("GET", path_of(blob), {200, {}, "0123", true});
  fixture.on("GET", path_of(blob), {206, {}, "", true});
  Repository repository = fixture.open();
  CHECK(error_of([&] { (void)read(repository, blob); }) == "the connection broke");
  CHECK(fixture.http.requests.size() == 4);
}

TEST_CASE("a server that sends one byte per connection is asked a few times, with growing delays") {
  Fixture fixture;
  const auto blob = blob_of(std::string(2 << 20, 'x'));
  fixture.on("GET", path_of(blob), {200, {}, "x", true});
  fixture.on("GET", path_of(blob), {206, {}, "x", true});
  Repository repository = fixture.open();
  CHECK(error_of([&] { (void)read_all(*repository.open(blob), 4 << 20, "blob"); }) ==
        "the connection broke");
  CHECK(fixture.http.requests.size() == 4);
  CHECK(fixture.waits == std::vector<std::int64_t>{1'000, 2'000, 4'000});
}

TEST_CASE("progress restores the attempts of a download") {
  Fixture fixture;
  fixture.options.retries = 1;
  const std::string text(5 << 20, 'x');
  const auto blob = blob_of(text);
  for (int i = 0; i < 4; ++i)
    fixture.on("GET", path_of(blob), {i == 0 ? 200 : 206, {}, text.substr(0, 1 << 20), true});
  fixture.on("GET", path_of(blob), {206, {}, text.substr(0, 1 << 20)});
  Repository repository = fixture.open();
  CHECK(read_all(*repository.open(blob), 8 << 20, "blob") == text);
  CHECK(fixture.waits == std::vector<std::int64_t>(4, 1'000));
}

TEST_CASE("a wrong range is used when it begins earlier, else the whole blob is requested") {
  const auto blob = blob_of("0123456789");
  Fixture fixture;
  fixture.on("GET", path_of(blob), {200, {}, "0123", true});
  fixture.on("GET", path_of(blob), {206, {{"Content-Range", "bytes 2-9/10"}}, "23456789"});
  Repository early = fixture.open();
  CHECK(read(early, blob) == "0123456789");
  for (const char* range : {"bytes 6-9/10", "bytes */10", "lines 4-9", "bytes 4"}) {
    Fixture other;
    other.on("GET", path_of(blob), {200, {}, "0123", true});
    other.on("GET", path_of(blob), {206, {{"Content-Range", range}}, "6789"});
    other.on("GET", path_of(blob), {200, {}, "0123456789"});
    Repository repository = other.open();
    CHECK(read(repository, blob) == "0123456789");
    REQUIRE(other.http.requests.size() == 3);
    CHECK(other.http.requests[2].header("Range").empty());
  }
}

TEST_CASE("an interruption after the last byte is ignored") {
  Fixture fixture;
  const auto blob = blob_of("0123456789");
  fixture.on("GET", path_of(blob), {200, {}, "0123456789", true});
  Repository repository = fixture.open();
  CHECK(read(repository, blob) == "0123456789");
  CHECK(fixture.http.requests.size() == 1);
}

TEST_CASE("bytes with a wrong digest are fetched again before they are an error") {
  Fixture fixture;
  const auto small = blob_of("content");
  fixture.on("GET", path_of(small), {200, {}, "c0ntent"});
  fixture.on("GET", path_of(small), {200, {}, "content"});
  Repository repository = fixture.open();
  CHECK(read(repository, small) == "content");
  CHECK(fixture.waits == std::vector<std::int64_t>{1'000});
  // A large one is passed on while it arrives: the copy starts again.
  const std::string text(2 << 20, 'x');
  test::MemoryStore source;
  const oci::Manifest manifest{
      std::string(oci::media_type::kOciManifest),
      "",
      source.add(oci::media_type::kOciConfig, R"({"architecture":"wasm","os":"wasi"})"),
      {source.add(oci::media_type::kOciLayer, text)},
      std::nullopt,
      {}};
  const auto root = source.add(oci::media_type::kOciManifest, oci::to_json(manifest));
  fixture.on("GET", "manifests/" + root.digest.text(), {200, {}, oci::to_json(manifest)});
  fixture.on("GET", path_of(manifest.config), {200, {}, source.text_of(manifest.config.digest)});
  fixture.on("GET", path_of(manifest.layers[0]), {200, {}, std::string(2 << 20, 'y')});
  fixture.on("GET", path_of(manifest.layers[0]), {200, {}, text});
  test::MemoryStore target;
  image::copy_image(repository, target, root, {.threads = 1});
  CHECK(target.text_of(manifest.layers[0].digest) == text);
  CHECK(fixture.waits == std::vector<std::int64_t>{1'000, 1'000});
}

TEST_CASE("an answer that is longer than the blob is not read") {
  Fixture fixture;
  const auto blob = blob_of(std::string(2 << 20, 'x'));
  fixture.on("GET", path_of(blob), {200, {{"Content-Length", "4000000000000000000"}}, "xx"});
  Repository repository = fixture.open();
  CHECK(error_of([&] { (void)repository.open(blob); }) ==
        fmt::format("registry r.test sent 4000000000000000000 bytes for blob {} in "
                    "demo/app, which has 2097152",
                    blob.digest.text()));
}

TEST_CASE("a blob of exabytes is rejected before it is requested") {
  Fixture fixture;
  Repository repository = fixture.open();
  test::MemoryStore source;
  oci::Descriptor layer = source.add(oci::media_type::kOciLayer, "layer");
  layer.size = std::uint64_t{4} << 60;
  const oci::Manifest manifest{std::string(oci::media_type::kOciManifest),
                               "",
                               source.add(oci::media_type::kOciConfig, "{}"),
                               {layer},
                               std::nullopt,
                               {}};
  const auto root = source.add(oci::media_type::kOciManifest, oci::to_json(manifest));
  fixture.on("GET", "manifests/" + root.digest.text(), {200, {}, oci::to_json(manifest)});
  test::MemoryStore target;
  CHECK(error_of([&] { image::copy_image(repository, target, root); }) ==
        fmt::format("blob {} has 4611686018427387904 bytes by its descriptor, more than the "
                    "1099511627776 allowed",
                    layer.digest.text()));
  CHECK(fixture.http.requests.size() == 1);
}

TEST_CASE("missing blobs are named") {
  Fixture fixture;
  const auto blob = blob_of("content");
  Repository repository = fixture.open();
  CHECK_FALSE(repository.has(blob));
  CHECK(error_of([&] { (void)read(repository, blob); }) ==
        fmt::format("registry r.test has no blob {} in demo/app", blob.digest.text()));
}

// ---- redirects

TEST_CASE("the login is not sent to the target of a redirect") {
  Fixture fixture;
  fixture.options.credentials = {"ana", "secret", ""};
  const auto blob = blob_of("content");
  fixture.on("GET", path_of(blob), {401, {{"WWW-Authenticate", "Basic realm=\"r\""}}});
  fixture.on("GET", path_of(blob), {307, {{"Location", "https://cdn.test/b?sign=1"}}});
  fixture.http.on("GET https://cdn.test/b?sign=1", {302, {{"Location", "/c"}}});
  fixture.http.on("GET https://cdn.test/c", {200, {}, "content"});
  Repository repository = fixture.open();
  CHECK(read(repository, blob) == "content");
  REQUIRE(fixture.http.requests.size() == 4);
  CHECK(fixture.http.requests[0].header("Authorization").empty());
  CHECK(fixture.http.requests[1].header("Authorization") == "Basic YW5hOnNlY3JldA==");
  CHECK(fixture.http.requests[2].header("Authorization").empty());
  CHECK(fixture.http.requests[3].header("Authorization").empty());
}

TEST_CASE("redirects are limited, and keep TLS") {
  Fixture fixture;
  const auto loop = blob_of("loop");
  const auto plain = blob_of("plain");
  fixture.on("GET", path_of(loop), {307, {{"Location", kBase + path_of(loop)}}});
  fixture.on("GET", path_of(plain), {307, {{"Location", "http://cdn.test/b"}}});
  Repository repository = fixture.open();
  CHECK(error_of([&] { (void)read(repository, loop); }) ==
        "registry r.test redirects more than 10 times");
  CHECK(fixture.http.requests.size() == 11);
  CHECK(error_of([&] { (void)read(repository, plain); }) ==
        "registry r.test redirects to \"cdn.test\", which has no TLS");
}

// ---- retries

TEST_CASE("a temporary failure is retried") {
  Fixture fixture;
  const auto blob = blob_of("content");
  fixture.on("HEAD", path_of(blob), {503});
  fixture.on("HEAD", path_of(blob), {429, {{"Retry-After", "7"}}});
  fixture.on("HEAD", path_of(blob), {.fault = TransportFault::interrupted});
  fixture.on("HEAD", path_of(blob), {200});
  CHECK(fixture.open().has(blob));
  CHECK(fixture.waits == std::vector<std::int64_t>{1'000, 7'000, 4'000});
}

TEST_CASE("the error for a server that stays down has its message") {
  Fixture fixture;
  fixture.options.retries = 2;
  const auto blob = blob_of("content");
  fixture.on("GET", path_of(blob),
             {500, {}, R"({"errors":[{"code":"UNKNOWN","message":"disk\n\u001b[31mfull"}]})"});
  Repository repository = fixture.open();
  CHECK(error_of([&] { (void)read(repository, blob); }) ==
        fmt::format("registry r.test answered 500 for blob {} in demo/app: UNKNOWN: disk  [31mfull",
                    blob.digest.text()));
  CHECK(fixture.waits == std::vector<std::int64_t>{1'000, 2'000});
}

TEST_CASE("a date in Retry-After is relative to the answer's own date") {
  Fixture fixture;
  const auto blob = blob_of("content");
  const Header now{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"};
  fixture.on("HEAD", path_of(blob), {503, {now, {"Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT"}}});
  fixture.on("HEAD", path_of(blob), {503, {now, {"Retry-After", "Sat, 05 Nov 1994 08:50:07 GMT"}}});
  // Without a date of its own, or with a malformed one, the default delay is used.
  fixture.on("HEAD", path_of(blob), {503, {{"Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT"}}});
  fixture.on("HEAD", path_of(blob), {200});
  CHECK(fixture.open().has(blob));
  CHECK(fixture.waits == std::vector<std::int64_t>{30'000, 0, 4'000});
}

TEST_CASE("a Retry-After that is too far in the future is an error") {
  Fixture fixture;
  const auto blob = blob_of("content");
  fixture.on("HEAD", path_of(blob),
             {503,
              {{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"},
               {"Retry-After", "Sun, 06 Nov 1994 08:51:38 GMT"}}});
  CHECK(error_of([&] { (void)fixture.open().has(blob); }) ==
        fmt::format("registry r.test answered 503 for blob {} in demo/app", blob.digest.text()));
  CHECK(fixture.waits.empty());
}

TEST_CASE("no wait is longer than two minutes") {
  Fixture fixture;
  const auto blob = blob_of("content");
  fixture.on("HEAD", path_of(blob), {429, {{"Retry-After", "3600"}}, ""});
  CHECK(error_of([&] { (void)fixture.open().has(blob); }) ==
        fmt::format("registry r.test answered 429 for blob {} in demo/app", blob.digest.text()));
  CHECK(fixture.waits.empty());
}

TEST_CASE("for malformed error bodies the status is reported") {
  for (const char* body : {"<html>", "[]", "{\"errors\":{}}", "{\"errors\":[1]}", ""}) {
    Fixture fixture;
    const auto blob = blob_of("content");
    fixture.on("GET", path_of(blob), {418, {}, body});
    Repository repository = fixture.open();
    CHECK(error_of([&] { (void)read(repository, blob); }) ==
          fmt::format("registry r.test answered 418 for blob {} in demo/app", blob.digest.text()));
  }
}

TEST_CASE("an untrusted certificate is not retried, nor bypassed with plain HTTP") {
  Fixture fixture;
  fixture.options.plain_http = PlainHttp::allowed;
  const auto blob = blob_of("content");
  fixture.on("HEAD", path_of(blob), {.fault = TransportFault::untrusted});
  CHECK(error_of([&] { (void)fixture.open().has(blob); }) == "the network is down");
  CHECK(fixture.http.requests.size() == 1);
}

// ---- the scheme

TEST_CASE("http is used only where it is allowed, and remembered") {
  const auto blob = blob_of("content");
  const std::string path = path_of(blob);
  SECTION("never") {
    Fixture fixture;
    fixture.on("HEAD", path, {.fault = TransportFault::no_tls});
    CHECK(error_of([&] { (void)fixture.open().has(blob); }) == "the network is down");
    CHECK(fixture.http.requests.size() == 1);
  }
  SECTION("allowed") {
    Fixture fixture;
    fixture.options.plain_http = PlainHttp::allowed;
    fixture.on("HEAD", path, {.fault = TransportFault::no_tls});
    fixture.http.on("HEAD http://r.test/v2/demo/app/" + path, {200});
    Repository repository = fixture.open();
    CHECK(repository.has(blob));
    CHECK(repository.has(blob));
    CHECK(fixture.http.lines() ==
          std::vector<std::string>{"HEAD " + (kBase + path),
                                   "HEAD http://r.test/v2/demo/app/" + path,
                                   "HEAD http://r.test/v2/demo/app/" + path});
  }
  SECTION("allowed, also when TLS fails without an answer") {
    Fixture fixture;
    fixture.options.plain_http = PlainHttp::allowed;
    fixture.on("HEAD", path, {.fault = TransportFault::tls_failed});
    fixture.http.on("HEAD http://r.test/v2/demo/app/" + path, {200});
    CHECK(fixture.open().has(blob));
  }
  SECTION("loopback, but not when the user requires TLS, nor when it is there and fails") {
    const std::string secure = "HEAD https://127.0.0.1:5000/v2/a/" + path;
    Fixture strict;
    strict.options.plain_http = PlainHttp::never;
    strict.http.on(secure, {.fault = TransportFault::no_tls});
    CHECK(error_of([&] {
            (void)Repository(strict.http, "127.0.0.1:5000", "a", Intent::pull, strict.options)
                .has(blob);
          }) == "the network is down");
    CHECK(strict.http.requests.size() == 1);
    Fixture reset;
    reset.options.credentials = {"ana", "secret", ""};
    reset.http.on(secure, {.fault = TransportFault::tls_failed});
    CHECK(error_of([&] {
            (void)Repository(reset.http, "127.0.0.1:5000", "a", Intent::pull, reset.options)
                .has(blob);
          }) == "the network is down");
    CHECK(reset.http.lines() == std::vector<std::string>(4, secure));
  }
  SECTION("TLS is not left for plain HTTP, not even on loopback") {
    Fixture fixture;
    fixture.http.on("HEAD https://127.0.0.1:5000/v2/a/" + path,
                    {307, {{"Location", "http://127.0.0.1:5001/x"}}});
    CHECK(error_of([&] {
            (void)Repository(fixture.http, "127.0.0.1:5000", "a", Intent::pull, fixture.options)
                .has(blob);
          }) == "registry 127.0.0.1:5000 redirects to \"127.0.0.1:5001\", which has no TLS");
  }
  SECTION("loopback") {
    Fixture fixture;
    fixture.http.on("HEAD https://127.0.0.1:5000/v2/a/" + path, {.fault = TransportFault::no_tls});
    fixture.http.on("HEAD http://127.0.0.1:5000/v2/a/" + path, {200});
    CHECK(Repository(fixture.http, "127.0.0.1:5000", "a", Intent::pull, fixture.options).has(blob));
  }
}

// ---- uploads

TEST_CASE("a blob is sent in one piece to the Location that the registry gives") {
  struct Case {
    const char* location;
    const char* put;
  };
  constexpr Case kCases[] = {
      {"/v2/demo/app/blobs/uploads/1?_state=x%3D",
       "PUT https://r.test/v2/demo/app/blobs/uploads/1?_state=x%3D&digest="},
      {"uuid", "PUT https://r.test/v2/demo/app/blobs/uploads/uuid?digest="},
      {"https://up.test/1", "PUT https://up.test/1?digest="},
  };
  for (const Case& c : kCases) {
    Fixture fixture;
    const auto blob = blob_of("content");
    const std::string put = c.put + blob.digest.text();
    fixture.on("POST", "blobs/uploads/", {202, {{"Location", c.location}}});
    fixture.http.on(put, {201});
    Repository repository = fixture.open(Intent::push);
    SpanSource content("content");
    repository.put(blob, content);
    REQUIRE(fixture.http.requests.size() == 2);
    CHECK(fixture.http.requests[1].line == put);
    CHECK(fixture.http.requests[1].body == "content");
    CHECK(fixture.http.requests[1].header("Content-Type") == "application/octet-stream");
  }
}

TEST_CASE("content that is not what its descriptor says is not sent") {
  Fixture fixture;
  Repository repository = fixture.open(Intent::push);
  SpanSource content("other");
  CHECK(error_of([&] { repository.put(blob_of("content"), content); }) ==
        fmt::format("blob {} has 5 bytes, not the 7 its descriptor says",
                    oci::Digest::of("content").text()));
  CHECK(fixture.http.requests.empty());
}

TEST_CASE("an interrupted upload starts again") {
  Fixture fixture;
  const auto blob = blob_of("content");
  const std::string put = "PUT https://r.test/u/{}?digest=" + blob.digest.text();
  fixture.on("POST", "blobs/uploads/", {202, {{"Location", "/u/1"}}});
  fixture.on("POST", "blobs/uploads/", {202, {{"Location", "/u/2"}}});
  fixture.http.on(fmt::format(fmt::runtime(put), 1), {.fault = TransportFault::interrupted});
  fixture.http.on(fmt::format(fmt::runtime(put), 2), {201});
  int opened = 0;
  fixture.open(Intent::push).upload(blob, [&] {
    ++opened;
    return std::make_unique<SpanSource>("content");
  });
  CHECK(opened == 2);
  CHECK(fixture.waits == std::vector<std::int64_t>{1'000});
}

TEST_CASE("a manifest that is stored under another digest is put again") {
  Fixture fixture;
  const oci::Descriptor document{kManifestType, oci::Digest::of(kManifest), kManifest.size()};
  const Header wrong{"Docker-Content-Digest", oci::Digest::of("wrong").text()};
  fixture.on("PUT", "manifests/v1", {201, {wrong}});
  fixture.on("PUT", "manifests/v1", {201, {{"Docker-Content-Digest", document.digest.text()}}});
  fixture.open(Intent::push).put_document("v1", document, kManifest);
  CHECK(fixture.http.requests.size() == 2);
  CHECK(fixture.waits == std::vector<std::int64_t>{1'000});

  struct Case {
    FakeAnswer head;
    std::string what;
  };
  const Case cases[] = {
      {{200, {wrong}}, "image r.test/demo/app:v1 is now " + wrong.value},
      {{404}, "image r.test/demo/app:v1 does not exist"},
      {{403}, "the current state of image r.test/demo/app:v1 is unknown"},
  };
  for (const Case& c : cases) {
    Fixture other;
    other.on("PUT", "manifests/v1", {201, {wrong}});
    other.on("HEAD", "manifests/v1", c.head);
    CHECK(error_of([&] { other.open(Intent::push).put_document("v1", document, kManifest); }) ==
          fmt::format("registry r.test stored {} as {}; {}", document.digest.text(), wrong.value,
                      c.what));
    CHECK(other.http.requests.size() == 5);
  }
}

TEST_CASE("an error after a manifest was stored under another digest says what the tag is") {
  Fixture fixture;
  const oci::Descriptor document{kManifestType, oci::Digest::of(kManifest), kManifest.size()};
  const Header wrong{"Docker-Content-Digest", oci::Digest::of("wrong").text()};
  fixture.on("PUT", "manifests/v1", {201, {wrong}});
  fixture.on("PUT", "manifests/v1", {400});
  fixture.on("HEAD", "manifests/v1", {200, {wrong}});
  CHECK(error_of([&] { fixture.open(Intent::push).put_document("v1", document, kManifest); }) ==
        "registry r.test answered 400 for image r.test/demo/app:v1; image r.test/demo/app:v1 is "
        "now " +
            wrong.value);
}

TEST_CASE("an upload whose bytes were changed on the way is repeated") {
  Fixture fixture;
  const auto blob = blob_of("content");
  fixture.on("POST", "blobs/uploads/", {202, {{"Location", "/u"}}});
  const std::string put = "PUT https://r.test/u?digest=" + blob.digest.text();
  fixture.http.on(put, {400, {}, R"({"errors":[{"code":"DIGEST_INVALID","message":"no"}]})"});
  fixture.http.on(put, {201});
  Repository repository = fixture.open(Intent::push);
  SpanSource content("content");
  repository.put(blob, content);
  CHECK(fixture.waits == std::vector<std::int64_t>{1'000});
}

TEST_CASE("an image that does not fit is rejected before its blobs are requested") {
  struct SmallStore : test::MemoryStore {
    std::optional<std::uint64_t> free_bytes() override { return free; }
    std::uint64_t free = 0;
  } target;
  test::MemoryStore source;
  const oci::Descriptor root = test::put_image(source, "app");
  const oci::Manifest manifest = oci::parse_manifest(source.text_of(root.digest), "manifest");
  const std::uint64_t needed = manifest.config.size + manifest.layers[0].size;
  target.free = needed - 1;
  CHECK(error_of([&] { image::copy_image(source, target, root); }) ==
        fmt::format("no space: the image's blobs need {} more bytes, and {} are free", needed,
                    needed - 1));
  CHECK(target.puts.empty());
  // Existing blobs need no space.
  target.add(manifest.layers[0].media_type, source.text_of(manifest.layers[0].digest));
  image::copy_image(source, target, root);
  CHECK(target.resolve("none") == std::nullopt);
  CHECK(target.puts.size() == 2);
}

TEST_CASE("a blob that is stored under another digest is sent again") {
  Fixture fixture;
  const auto blob = blob_of("content");
  fixture.on("POST", "blobs/uploads/", {202, {{"Location", "/u"}}});
  const std::string put = "PUT https://r.test/u?digest=" + blob.digest.text();
  fixture.http.on(put, {201, {{"Docker-Content-Digest", oci::Digest::of("wrong").text()}}});
  fixture.http.on(put, {201, {{"Docker-Content-Digest", blob.digest.text()}}});
  Repository repository = fixture.open(Intent::push);
  SpanSource content("content");
  repository.put(blob, content);
  CHECK(fixture.http.requests.size() == 4);
}

TEST_CASE("a blob of another repository is mounted") {
  Fixture fixture;
  const auto blob = blob_of("content");
  const std::string post = "blobs/uploads/?mount=" + blob.digest.text() + "&from=demo/base";
  fixture.on("POST", post, {201});
  Repository repository = fixture.open(Intent::push);
  KnownPlaces places{{{blob.digest, "demo/base"}}};
  repository.use_places(places);
  SpanSource content("content");
  repository.put(blob, content);
  CHECK(fixture.http.requests.size() == 1);
  CHECK(places.known.at(blob.digest) == "demo/app");
  // A blob that is remembered for the repository itself, but missing, is sent.
  fixture.on("POST", "blobs/uploads/", {202, {{"Location", "/u"}}});
  fixture.http.on("PUT https://r.test/u?digest=" + blob.digest.text(), {201});
  SpanSource once_more("content");
  repository.put(blob, once_more);
  CHECK(fixture.http.requests.size() == 3);
  // Missing in the other repository: the same answer starts an upload.
  Fixture other;
  other.on("POST", post, {202, {{"Location", "/u"}}});
  other.http.on("PUT https://r.test/u?digest=" + blob.digest.text(), {201});
  Repository second = other.open(Intent::push);
  KnownPlaces wrong{{{blob.digest, "demo/base"}}};
  second.use_places(wrong);
  SpanSource again("content");
  second.put(blob, again);
  CHECK(other.http.requests.size() == 2);
}

TEST_CASE("an upload without a Location, and a rejected one, are errors") {
  Fixture fixture;
  fixture.on("POST", "blobs/uploads/", {202});
  Repository repository = fixture.open(Intent::push);
  SpanSource content("content");
  CHECK(error_of([&] { repository.put(blob_of("content"), content); }) ==
        "registry r.test started an upload without a Location");
  Fixture other;
  const auto blob = blob_of("content");
  other.on("POST", "blobs/uploads/", {202, {{"Location", "/u"}}});
  other.http.on("PUT https://r.test/u?digest=" + blob.digest.text(),
                {413, {}, R"({"errors":[{"code":"SIZE_INVALID","message":"too much"}]})"});
  Repository second = other.open(Intent::push);
  SpanSource again("content");
  CHECK(error_of([&] { second.put(blob, again); }) ==
        fmt::format("registry r.test answered 413 for upload of blob {} to demo/app: SIZE_INVALID: "
                    "too much",
                    blob.digest.text()));
}

// ---- logins

TEST_CASE("the error for a denied push says who, what and where") {
  Fixture fixture;
  const auto blob = blob_of("content");
  fixture.on("POST", "blobs/uploads/", {401, {{"WWW-Authenticate", "Basic realm=\"r\""}}});
  const auto push = [&] {
    Repository repository = fixture.open(Intent::push);
    SpanSource content("content");
    repository.put(blob, content);
  };
  CHECK(error_of(push) == "registry r.test requires a password to push to demo/app");
  CHECK(hint_of(push) == "Run 'modulah login r.test'.");
  fixture.options.credentials = {"ana", "secret", ""};
  fixture.http.requests.clear();
  CHECK(error_of(push) == "registry r.test does not allow \"ana\" to push to demo/app");
  CHECK(fixture.http.requests.size() == 2);  // One with the password; no loop.
}

TEST_CASE("the password is masked in a registry's error message") {
  Fixture fixture;
  fixture.options.credentials = {"ana", "pass\"word", ""};
  const auto blob = blob_of("content");
  fixture.on(
      "GET", path_of(blob),
      {400,
       {},
       R"({"errors":[{"code":"pass\"word","message":"YW5hOnBhc3Mid29yZA== and pass\\\"word"}]})"});
  Repository repository = fixture.open();
  CHECK(error_of([&] { (void)read(repository, blob); }) ==
        fmt::format("registry r.test answered 400 for blob {} in demo/app: ***: *** and ***",
                    blob.digest.text()));
}

TEST_CASE("an unsupported authentication scheme is named") {
  Fixture fixture;
  const auto blob = blob_of("content");
  fixture.on("HEAD", path_of(blob), {401, {{"WWW-Authenticate", "Negotiate"}}});
  CHECK(error_of([&] { (void)fixture.open().has(blob); }) ==
        "registry r.test requires authentication that is neither Basic nor Bearer");
}
