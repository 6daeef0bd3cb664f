#include "modulah/oci/reference.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using oci::Reference;

namespace {
std::string canonical(std::string_view text, Reference::Defaults defaults) {
  return Reference::parse(text, defaults).text();
}
}  // namespace

TEST_CASE("Reference::parse completes names as docker and podman do") {
  using enum Reference::Defaults;
  CHECK(canonical("app", local) == "localhost/app:latest");
  CHECK(canonical("app", docker) == "docker.io/library/app:latest");
  CHECK(canonical("demo/app:v1", docker) == "docker.io/demo/app:v1");
  CHECK(canonical("index.docker.io/app", docker) == "docker.io/library/app:latest");
  CHECK(canonical("127.0.0.1:5000/demo/app:v1", docker) == "127.0.0.1:5000/demo/app:v1");
  CHECK(canonical("localhost/a", docker) == "localhost/a:latest");
  CHECK(canonical("[::1]:5000/a:t", docker) == "[::1]:5000/a:t");
}

TEST_CASE("a digest takes the place of the default tag") {
  const std::string digest = oci::Digest::of("x").text();
  CHECK(canonical("r.example/a@" + digest, Reference::Defaults::docker) == "r.example/a@" + digest);
  CHECK(canonical("r.example/a:t@" + digest, Reference::Defaults::docker) ==
        "r.example/a:t@" + digest);
}

TEST_CASE("Reference::parse says which part is wrong") {
  struct Case {
    const char* text;
    const char* message;
  };
  constexpr Case kCases[] = {
      {"", "image name \"\" has no repository"},
      {"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
       "image name \"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\" consists "
       "of "
       "64 hexadecimal digits, as ids do"},
      {"demo/App", "image name \"demo/App\" has upper-case letters in \"App\""},
      {"demo//app", "image name \"demo//app\" has an empty part between slashes"},
      {"app:", "image name \"app:\" has an empty tag after ':'"},
      {"app:-x", "image name \"app:-x\" has the malformed tag \"-x\""},
      {"r.example:x/app",
       "image name \"r.example:x/app\" has the port \"x\", which is not a number"},
      {"-r.example/app", "image name \"-r.example/app\" has a malformed registry \"-r.example\""},
      {"a..b",
       "image name \"a..b\" has \"a..b\", where letters and digits may be separated by '.', "
       "'_', '__' or '-' only"},
      {"https://ana:secret@r.example/app",
       "image name \"…@r.example/app\" has a user's name before its registry"},
      {"app@sha256:12",
       "image name \"app@sha256:12\": digest \"sha256:12\" has 2 hex digits, not 64"},
  };
  for (const Case& c : kCases)
    CHECK(test::error_of([&] { (void)Reference::parse(c.text, Reference::Defaults::local); }) ==
          c.message);
}
