#include "modulah/image/layout_reference.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using namespace modulah::image;
using Kind = LayoutReference::Kind;

TEST_CASE("parse_layout_reference reads places on disk") {
  CHECK(parse_layout_reference("oci:out") == LayoutReference{Kind::directory, "out", ""});
  CHECK(parse_layout_reference("oci:/a/b:v1") == LayoutReference{Kind::directory, "/a/b", "v1"});
  CHECK(parse_layout_reference("oci-archive:a.tar:127.0.0.1:5000/demo/app:v1") ==
        LayoutReference{Kind::archive, "a.tar", "127.0.0.1:5000/demo/app:v1"});
  CHECK(parse_layout_reference("oci:d:a--b") == LayoutReference{Kind::directory, "d", "a--b"});
  CHECK_FALSE(parse_layout_reference("docker://a/b").has_value());
  CHECK_FALSE(parse_layout_reference("oci").has_value());
}

TEST_CASE("parse_layout_reference says what it does not take") {
  CHECK(test::error_of([] { (void)parse_layout_reference("oci:"); }) == "\"oci:\" has no path");
  CHECK(test::error_of([] { (void)parse_layout_reference("oci-archive::v1"); }) ==
        "\"oci-archive::v1\" has no path");
  for (const char* name : {"", "-a", "a-", "a..b", "a---b", "a b", "a/", "/a", "\xc3\xa4"}) {
    const std::string text = std::string("oci:d:") + name;
    CHECK(test::error_of([&] { (void)parse_layout_reference(text); }) ==
          "\"" + text + "\" has the name \"" + name + "\", which is not allowed");
  }
}
