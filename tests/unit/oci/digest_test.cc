#include "modulah/oci/digest.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using oci::Digest;

TEST_CASE("Digest::parse names the text it rejects") {
  struct Case {
    const char* text;
    const char* message;
  };
  constexpr Case kCases[] = {
      {"2cf24d", "digest \"2cf24d\" has no algorithm, e.g. sha256:…"},
      {"md5:00", "digest \"md5:00\" is not sha256"},
      {"sha256:2cf2", "digest \"sha256:2cf2\" has 4 hex digits, not 64"},
  };
  for (const Case& c : kCases)
    CHECK(test::error_of([&] { (void)Digest::parse(c.text); }) == c.message);
  const std::string upper = "sha256:" + std::string(63, 'a') + "A";
  CHECK(test::error_of([&] { (void)Digest::parse(upper); }) ==
        "digest \"" + upper + "\" has 'A', which is not a lower-case hex digit");
}

TEST_CASE("a digest is read as it was written") {
  const Digest digest = Digest::of("abc");
  CHECK(digest.text() == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Digest::parse(digest.text()) == digest);
  CHECK(digest.short_hex() == "ba7816bf8f01");
}
