#include "modulah/oci/platform.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using oci::Platform;

TEST_CASE("Platform::parse reads two and three parts") {
  CHECK(Platform::parse("wasi/wasm") == Platform{"wasi", "wasm", "", "", {}});
  CHECK(Platform::parse("linux/arm64/v8") == Platform{"linux", "arm64", "v8", "", {}});
  CHECK(Platform::parse("linux/arm64/v8").text() == "linux/arm64/v8");
}

TEST_CASE("Platform::parse names the part that is missing") {
  CHECK(test::error_of([] { (void)Platform::parse("wasi"); }) ==
        "platform \"wasi\" has no architecture");
  CHECK(test::error_of([] { (void)Platform::parse("/wasm"); }) ==
        "platform \"/wasm\" has no operating system");
  CHECK(test::error_of([] { (void)Platform::parse("linux/arm64/"); }) ==
        "platform \"linux/arm64/\" has no variant");
  CHECK(test::error_of([] { (void)Platform::parse("a/b/c/d"); }) ==
        "platform \"a/b/c/d\" has more than three parts");
}
