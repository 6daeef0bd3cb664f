// Pushing whole images: which requests, how many, in which order.
#include <algorithm>

#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"

#include "modulah_test/catch.h"
#include "modulah_test/images.h"
#include "modulah_test/memory_store.h"
#include "repository_fixture.h"
#include "url.h"

using namespace modulah;
using namespace modulah::registry;
using test::kBase;
using Fixture = test::RepositoryFixture;

TEST_CASE("an existing image with its name takes two simultaneous requests") {
  Fixture fixture;
  test::MemoryStore store;
  const oci::Descriptor root = test::put_image(store, "app");
  fixture.on("HEAD", "manifests/v1",
             {200,
              {{"Content-Type", root.media_type},
               {"Content-Length", std::to_string(root.size)},
               {"Docker-Content-Digest", root.digest.text()}}});
  Repository repository = fixture.open(Intent::push);
  const image::CopyResult result = push_image(store, repository, root, "v1");
  CHECK(fixture.http.requests.size() == 2);
  CHECK(result.blobs_skipped == 1);
}

TEST_CASE("a new image is sent blobs first, and its manifest once, under its name") {
  Fixture fixture;
  test::MemoryStore store;
  const oci::Descriptor root = test::put_image(store, "app");
  fixture.on("POST", "blobs/uploads/", {202, {{"Location", "/u"}}});
  const oci::Manifest manifest = oci::parse_manifest(store.text_of(root.digest), "manifest");
  for (const auto& digest : {manifest.config.digest, manifest.layers[0].digest})
    fixture.http.on("PUT https://r.test/u?digest=" + digest.text(), {201});
  fixture.on("PUT", "manifests/v1", {201});
  Repository repository = fixture.open(Intent::push);
  push_image(store, repository, root, "v1");
  auto lines = fixture.http.lines();
  // Name, digest and layer are checked; the configuration is sent without a check.
  REQUIRE(lines.size() == 8);
  CHECK(lines[7] == std::string("PUT ") + kBase + "manifests/v1");
  CHECK(fixture.http.requests[7].header("Content-Type") == root.media_type);
  CHECK(fixture.http.requests[7].body == store.text_of(root.digest));
  std::sort(lines.begin(), lines.begin() + 2);  // These two are sent in parallel.
  CHECK(lines[0] == std::string("HEAD ") + kBase + "manifests/" + root.digest.text());
  CHECK(lines[1] == std::string("HEAD ") + kBase + "manifests/v1");
  const auto asked = [&](const oci::Descriptor& blob) {
    return std::count(lines.begin(), lines.end(),
                      std::string("HEAD ") + kBase + "blobs/" + blob.digest.text());
  };
  CHECK(asked(manifest.layers[0]) == 1);
  CHECK(asked(manifest.config) == 0);
}

TEST_CASE("a blob of another repository is mounted without a check") {
  struct Places : BlobPlaces {
    std::string find(const oci::Digest&) override { return "other/app"; }
    void add(const oci::Digest&, const std::string&) override {}
  } places;
  Fixture fixture;
  test::MemoryStore store;
  const oci::Descriptor root = test::put_image(store, "app");
  const oci::Manifest manifest = oci::parse_manifest(store.text_of(root.digest), "manifest");
  for (const auto& digest : {manifest.config.digest, manifest.layers[0].digest})
    fixture.on("POST",
               with_parameter(with_parameter("blobs/uploads/", "mount", digest.text()), "from",
                              "other/app"),
               {201});
  fixture.on("PUT", "manifests/v1", {201});
  Repository repository = fixture.open(Intent::push);
  repository.use_places(places);
  push_image(store, repository, root, "v1");
  CHECK(fixture.http.requests.size() == 5);  // Name and digest, two mounts, the manifest.
}

TEST_CASE("an existing image gets another name") {
  Fixture fixture;
  test::MemoryStore store;
  const oci::Descriptor root = test::put_image(store, "app");
  fixture.on("HEAD", "manifests/" + root.digest.text(), {200});
  fixture.on("PUT", "manifests/v2", {201});
  Repository repository = fixture.open(Intent::push);
  push_image(store, repository, root, "v2");
  CHECK(fixture.http.requests.size() == 3);
}
