#include "modulah/images/find_image.h"

#include "fixture.h"
#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using images::find_image;
using images::require_image;

TEST_CASE("a short name stands for one of localhost, then for one of docker.io") {
  test::ScratchStore s;
  const oci::Descriptor own = test::put_noted(s.store, "own");
  const oci::Descriptor pulled = test::put_noted(s.store, "pulled");
  s.store.tag("docker.io/library/app:latest", pulled);
  CHECK(find_image(s.store, "app")->manifest.digest == pulled.digest);
  s.store.tag("localhost/app:latest", own);
  CHECK(find_image(s.store, "app")->manifest.digest == own.digest);
  CHECK(find_image(s.store, "docker.io/app")->name == "docker.io/library/app:latest");
  CHECK_FALSE(find_image(s.store, "app:v2").has_value());
}

TEST_CASE("a digest names an image, or an entry of an index") {
  test::ScratchStore s;
  const oci::Descriptor entry = test::put_noted(s.store, "entry");
  s.store.tag("localhost/app:latest", test::put_index(s.store, {{"wasi/wasm", entry}}));
  CHECK(find_image(s.store, "app@" + entry.digest.text())->manifest.digest == entry.digest);
  CHECK_FALSE(find_image(s.store, "other@" + entry.digest.text()).has_value());
}

TEST_CASE("a name that is not there is an error with what may be meant") {
  test::ScratchStore s;
  CHECK(test::hint_of([&] { (void)require_image(s.store, "app"); }) ==
        "The store is empty: build or pull an image.");
  s.store.tag("localhost/demo/app:v1", test::put_noted(s.store, "a"));
  CHECK(test::error_of([&] { (void)require_image(s.store, "demo/app:v2"); }) ==
        "no image \"demo/app:v2\" in the store");
  for (const char* word : {"demo/app:v2", "demo/apq:v1", "registry.test/demo/app:v1"})
    CHECK(test::hint_of([&] { (void)require_image(s.store, word); }) ==
          "Did you mean localhost/demo/app:v1?");
  CHECK(test::kind_of_error([&] { (void)find_image(s.store, "UPPER:x"); }) == "usage");
}
