#include "modulah/images/fetch_image.h"

#include "modulah/base/reporter.h"

#include "fixture.h"
#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using images::FetchRequest;
using images::PullPolicy;

namespace {

constexpr const char* kName = "registry.test/demo/app:v1";

struct Fixture : test::ScratchStore {
  Fixture() {
    request.host = {"linux", "amd64", {}, {}, {}};
    request.surroundings = {directory.path(), directory.path()};
  }
  images::FetchedImage fetch(std::string_view word) {
    return images::fetch_image(store, word, request, registries, silent_reporter());
  }
  test::MemoryStore& remote() { return registries.repositories["registry.test/demo/app"]; }

  FetchRequest request;
  test::FakeRegistries registries;
};

}  // namespace

TEST_CASE("a pull asks the registry as its policy says") {
  Fixture f;
  const oci::Descriptor old = test::put_noted(f.store, "old");
  f.store.tag(kName, old);
  const oci::Descriptor fresh = test::put_noted(f.remote(), "fresh");
  f.remote().tag("v1", fresh);

  f.request.policy = PullPolicy::never;
  CHECK(f.fetch(kName).manifest.digest == old.digest);
  f.request.policy = PullPolicy::missing;
  CHECK(f.fetch(kName).manifest.digest == old.digest);
  CHECK(f.registries.asked.empty());
  f.request.policy = PullPolicy::newer;
  CHECK(f.fetch(kName).manifest.digest == fresh.digest);
  CHECK(f.store.resolve(kName)->digest == fresh.digest);
  CHECK(f.registries.asked.size() == 1);
  f.request.policy = PullPolicy::always;
  CHECK(f.fetch("docker://registry.test/demo/app:v1").copied.blobs_copied == 0);
  CHECK(f.registries.asked.size() == 2);
}

TEST_CASE("what is not there is an error, and never looks into a registry") {
  Fixture f;
  f.request.policy = PullPolicy::never;
  CHECK(test::error_of([&] { (void)f.fetch(kName); }) ==
        "no image \"registry.test/demo/app:v1\" in the store");
  CHECK(f.registries.asked.empty());
  f.request.policy = PullPolicy::always;
  CHECK(test::error_of([&] { (void)f.fetch(kName); }) ==
        "registry registry.test has no image registry.test/demo/app:v1");
  CHECK(test::kind_of_error([&] { (void)f.fetch("UPPER"); }) == "usage");
}

TEST_CASE("an image of the store for another platform than the wanted one is not it") {
  Fixture f;
  f.store.tag(kName, test::put_noted(f.store, "wasm"));
  const oci::Descriptor arm = test::put_noted(
      f.remote(), "arm",
      R"({"architecture":"arm64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}})");
  f.remote().tag("v1", arm);
  f.request.platform = oci::Platform::parse("linux/arm64");
  f.request.policy = PullPolicy::never;
  CHECK(test::error_of([&] { (void)f.fetch(kName); }) ==
        "image registry.test/demo/app:v1 is not for linux/arm64, but for wasi/wasm");
  f.request.policy = PullPolicy::missing;
  CHECK(f.fetch(kName).manifest.digest == arm.digest);
}

TEST_CASE("all tags of a repository are fetched") {
  Fixture f;
  for (const char* tag : {"v1", "v2"}) f.remote().tag(tag, test::put_noted(f.remote(), tag));
  f.registries.tag_list = {"v1", "v2"};
  const auto reference =
      oci::Reference::parse("registry.test/demo/app", oci::Reference::Defaults::docker);
  CHECK(images::fetch_all_tags(f.store, reference, f.request, f.registries, silent_reporter())
            .size() == 2);
  CHECK(f.store.resolve("registry.test/demo/app:v2").has_value());
  f.registries.tag_list.clear();
  CHECK(test::error_of([&] {
          (void)images::fetch_all_tags(f.store, reference, f.request, f.registries,
                                       silent_reporter());
        }) == "registry.test/demo/app has no tags");
}

TEST_CASE("of an index the wanted platform is taken, else the one for Wasm, else the machine's") {
  Fixture f;
  const oci::Descriptor wasm = test::put_noted(f.remote(), "wasm");
  const oci::Descriptor arm = test::put_noted(f.remote(), "arm");
  const oci::Descriptor amd = test::put_noted(f.remote(), "amd");
  f.remote().tag(
      "v1", test::put_index(f.remote(),
                            {{"linux/amd64", amd}, {"wasi/wasm", wasm}, {"linux/arm64", arm}}));
  f.remote().tag("native",
                 test::put_index(f.remote(), {{"linux/arm64", arm}, {"linux/amd64", amd}}));
  CHECK(f.fetch(kName).manifest.digest == wasm.digest);
  CHECK(f.fetch("registry.test/demo/app:native").manifest.digest == amd.digest);
  f.request.policy = PullPolicy::always;
  f.request.platform = oci::Platform::parse("linux/arm64");
  CHECK(f.fetch(kName).manifest.digest == arm.digest);
  f.request.platform = oci::Platform::parse("linux/s390x");
  CHECK(test::error_of([&] {
          (void)f.fetch(kName);
        }).ends_with("is not for linux/s390x, but for linux/amd64, wasi/wasm, linux/arm64"));
}
