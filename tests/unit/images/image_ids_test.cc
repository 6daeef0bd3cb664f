// Which image an id names.
#include <string>

#include "modulah/images/find_image.h"

#include "fixture.h"
#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using images::find_image;
using images::FoundBy;

namespace {

std::string index_of(const test::ScratchStore& s) {
  return read_file(s.directory.path() / "store" / "index.json", 1 << 20);
}

}  // namespace

TEST_CASE("of images with one configuration the id is that of the one tagged last") {
  test::ScratchStore s;
  const oci::Descriptor a = test::put_noted(s.store, "revision a");
  const oci::Descriptor b = test::put_noted(s.store, "revision b");
  const std::string id(test::id_of(s.store, a).hex());
  REQUIRE(test::id_of(s.store, b).hex() == id);
  s.store.tag("localhost/a:latest", a);
  s.store.tag("localhost/b:latest", b);
  for (const std::string& word : {id, "sha256:" + id, id.substr(0, 12)}) {
    CHECK(find_image(s.store, word)->manifest.digest == b.digest);
    CHECK(find_image(s.store, word)->by == FoundBy::id);
  }
  // A build that makes the same image again changes nothing but this.
  s.store.tag("localhost/a:latest", a);
  CHECK(find_image(s.store, id)->manifest.digest == a.digest);
  s.store.tag("localhost/b2:latest", b);
  CHECK(find_image(s.store, id)->manifest.digest == b.digest);
  s.store.tag("", a);
  CHECK(find_image(s.store, id)->manifest.digest == a.digest);
  CHECK(find_image(s.store, b.digest.text())->manifest.digest == b.digest);
  CHECK(find_image(s.store, std::string(b.digest.hex()))->by == FoundBy::digest);
}

TEST_CASE("tagging what was tagged last, or among other images, writes nothing") {
  test::ScratchStore s;
  const oci::Descriptor a = test::put_noted(s.store, "a");
  s.store.tag("localhost/a:latest", a);
  s.store.tag("localhost/other:latest",
              test::put_noted(s.store, "other", R"({"architecture":"wasm","os":"js"})"));
  const std::string before = index_of(s);
  s.store.tag("localhost/a:latest", a);
  CHECK(index_of(s) == before);
}

TEST_CASE("the beginning of several ids is an error that lists what can be typed") {
  test::ScratchStore s;
  // With so many images two ids begin alike.
  std::map<std::string, std::string> seen;
  std::string both;
  std::string hint;
  for (int i = 0; both.empty(); ++i) {
    const std::string name = "localhost/i" + std::to_string(i) + ":latest";
    const oci::Descriptor image = test::put_noted(
        s.store, "", R"({"architecture":"wasm","os":"wasi","author":")" + name + "\"}");
    const std::string id(test::id_of(s.store, image).hex());
    const auto [other, is_new] = seen.emplace(id.substr(0, 4), name);
    if (is_new) {
      // Only the two that collide are needed in the store.
      continue;
    }
    s.store.tag(name, image);
    const oci::Descriptor first = test::put_noted(
        s.store, "", R"({"architecture":"wasm","os":"wasi","author":")" + other->second + "\"}");
    s.store.tag(other->second, first);
    both = id.substr(0, 4);
    std::string one = id.substr(0, 12) + " (" + name + ")";
    std::string two =
        std::string(test::id_of(s.store, first).short_hex()) + " (" + other->second + ")";
    if (two < one) std::swap(one, two);
    hint = "Give a name, or more digits of one of these: " + one + "; " + two + ".";
  }
  CHECK(test::error_of([&] { (void)find_image(s.store, both); }) ==
        "\"" + both + "\" is the beginning of 2 images' ids");
  CHECK(test::hint_of([&] { (void)find_image(s.store, both); }) == hint);
}

TEST_CASE("a name never stands for a whole id, and does for the beginning of one") {
  test::ScratchStore s;
  const oci::Descriptor image = test::put_noted(s.store, "image");
  const oci::Descriptor other =
      test::put_noted(s.store, "other", R"({"architecture":"wasm","os":"js"})");
  const std::string id(test::id_of(s.store, image).hex());
  s.store.tag("localhost/app:latest", image);
  s.store.tag("localhost/" + id + ":latest", other);  // As an older version could.
  CHECK(find_image(s.store, id)->manifest.digest == image.digest);
  s.store.tag("localhost/" + id.substr(0, 12) + ":latest", other);
  CHECK(find_image(s.store, id.substr(0, 12))->manifest.digest == other.digest);
  const std::string unknown(64, 'a');
  CHECK_FALSE(find_image(s.store, unknown).has_value());
  CHECK(test::error_of([&] { (void)images::require_image(s.store, unknown); }) ==
        "no image \"" + unknown + "\" in the store");
}
