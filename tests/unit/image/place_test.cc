#include "modulah/image/place.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

namespace modulah::image {

namespace {

std::optional<Place> read_from(std::string_view text) { return parse_place(text, PlaceUse::read); }

}  // namespace

TEST_CASE("parse_place reads places") {
  using Kind = PlaceKind;
  CHECK(read_from("oci:out") == Place{Kind::oci_directory, "out", ""});
  CHECK(read_from("oci:/a/b:v1") == Place{Kind::oci_directory, "/a/b", "v1"});
  CHECK(read_from("oci-archive:a.tar:127.0.0.1:5000/demo/app:v1") ==
        Place{Kind::oci_archive, "a.tar", "127.0.0.1:5000/demo/app:v1"});
  CHECK(read_from("oci:d:a--b") == Place{Kind::oci_directory, "d", "a--b"});
  CHECK(read_from("docker://a/b:v1") == Place{Kind::registry, "", "a/b:v1"});
  CHECK_FALSE(read_from("oci").has_value());
  CHECK_FALSE(read_from("demo/app:v1").has_value());
}

TEST_CASE("parse_place says what is not allowed") {
  CHECK(test::error_of([] { (void)read_from("oci:"); }) == "\"oci:\" has no path");
  CHECK(test::error_of([] { (void)read_from("oci-archive::v1"); }) ==
        "\"oci-archive::v1\" has no path");
  for (const std::string text : {"oci:d:", "oci:d:/a", "oci:d:a..b", "oci:d:a b", "oci:d:-a"})
    CHECK(test::error_of([&] { (void)read_from(text); }) ==
          "\"" + text + "\" has the name \"" + text.substr(6) + "\", which is not allowed");
}

TEST_CASE("a place that is not supported is refused with those that are") {
  for (const PlaceRow& row : place_table()) {
    const std::string text = std::string(row.prefix) + "x";
    for (const auto& one : {std::tuple{PlaceUse::read, row.can_read, "reading from"},
                            std::tuple{PlaceUse::write, row.can_write, "writing to"}}) {
      const PlaceUse use = std::get<0>(one);
      const std::string words = std::get<2>(one);
      if (std::get<1>(one)) {
        CHECK(parse_place(text, use)->kind == row.kind);
        continue;
      }
      CHECK(test::error_of([&] { (void)parse_place(text, use); }) ==
            "\"" + text + "\": " + words + " \"" + std::string(row.prefix) + "\" is not supported");
      CHECK(test::hint_of([&] {
              (void)parse_place(text, use);
            }).starts_with("Supported are docker://NAME[:TAG], oci:DIR[:NAME]"));
    }
  }
}

}  // namespace modulah::image
