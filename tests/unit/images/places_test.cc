// Writing images to places on disk, and reading them from there.
#include <sys/stat.h>

#include "modulah/base/compress.h"
#include "modulah/images/open_image.h"
#include "modulah/images/write_place.h"

#include "fixture.h"
#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using image::Place;
using image::PlaceKind;

namespace {

struct Fixture : test::ScratchStore {
  images::Surroundings surroundings{directory.path(), directory.path()};

  void write(const oci::Descriptor& root, const std::vector<std::string>& names,
             const Place& place) {
    (void)images::write_to_place(store, root, names, place, directory.path());
  }
  std::vector<images::LoadedImage> load(const Place& place, store::LayoutStore& to) {
    return images::load_place(to, place, surroundings, silent_reporter());
  }
};

constexpr PlaceKind kNaming[] = {PlaceKind::oci_archive, PlaceKind::oci_directory,
                                 PlaceKind::docker_archive};

}  // namespace

TEST_CASE("a name survives its archive") {
  Fixture f;
  const oci::Descriptor image = test::put_noted(f.store, "app");
  for (const PlaceKind kind : kNaming) {
    INFO(static_cast<int>(kind));
    const std::string path = "place" + std::to_string(static_cast<int>(kind));
    f.write(image, {"registry.test/demo/app:v1"}, {kind, path, ""});
    const auto opened = images::open_place({kind, path, ""}, f.surroundings, path);
    CHECK(opened.names == std::vector<std::string>{"registry.test/demo/app:v1"});
    CHECK(images::open_place({kind, path, "registry.test/demo/app:v1"}, f.surroundings, path)
              .manifest.digest == opened.manifest.digest);
    test::ScratchStore other;
    CHECK(f.load({kind, path, ""}, other.store).size() == 1);
    CHECK(other.store.resolve("registry.test/demo/app:v1")->digest == opened.manifest.digest);
    CHECK(other.store.entries().at(0).annotations.size() == 1);
  }
}

TEST_CASE("a place's own name is kept beside the image's") {
  Fixture f;
  const oci::Descriptor image = test::put_noted(f.store, "app");
  const Place place{PlaceKind::oci_archive, "a.tar", "v1"};
  f.write(image, {"localhost/demo/app:v9"}, place);
  CHECK(images::open_place(place, f.surroundings, "a").names ==
        std::vector<std::string>{"localhost/demo/app:v9"});
  const Place whole{PlaceKind::oci_archive, "b.tar", "demo/app:v1"};
  f.write(image, {"localhost/demo/app:v9"}, whole);
  CHECK(images::open_place({PlaceKind::oci_archive, "b.tar", ""}, f.surroundings, "b").names ==
        std::vector<std::string>{"localhost/demo/app:v1"});
  const Place nameless{PlaceKind::oci_archive, "c.tar", ""};
  f.write(image, {}, nameless);
  CHECK(images::open_place(nameless, f.surroundings, "c").names.empty());
}

TEST_CASE("archives hold several images, and the same ones give the same bytes") {
  Fixture f;
  const oci::Descriptor one = test::put_noted(f.store, "one");
  const oci::Descriptor two = test::put_noted(
      f.store, "two",
      R"({"architecture":"wasm","os":"js","rootfs":{"type":"layers","diff_ids":[]}})");
  for (const PlaceKind kind : {PlaceKind::oci_archive, PlaceKind::docker_archive}) {
    for (const char* path : {"one.tar", "again.tar"}) {
      const auto writer = images::make_place_writer({kind, path, ""}, f.directory.path());
      (void)writer->add(f.store, one, {"localhost/one:latest", "localhost/uno:latest"}, {});
      (void)writer->add(f.store, two, {"localhost/two:latest"}, {});
      writer->commit();
    }
    CHECK(read_file(f.directory.path() / "one.tar", 1 << 20) ==
          read_file(f.directory.path() / "again.tar", 1 << 20));
    CHECK(images::recognize_place("one.tar", f.surroundings).kind == kind);
    test::ScratchStore other;
    const auto loaded = f.load({kind, "one.tar", ""}, other.store);
    REQUIRE(loaded.size() == 2);
    CHECK(loaded[0].names ==
          std::vector<std::string>{"localhost/one:latest", "localhost/uno:latest"});
    CHECK(loaded[1].id == test::id_of(f.store, two));
    CHECK(test::kind_of_error([&] {
            (void)images::open_place({kind, "one.tar", "three"}, f.surroundings, "x");
          }) == "not_found");
  }
}

TEST_CASE("an image with compressed layers comes back from a docker-archive as it was") {
  Fixture f;
  const std::string plain(100'000, 'x');
  StringSink gzip;
  const auto compressor = make_compressor(Compression::gzip, gzip, 1);
  compressor->write(as_bytes(plain));
  compressor->finish();
  const oci::Manifest manifest{
      std::string(oci::media_type::kOciManifest),
      "",
      test::put_text(
          f.store, oci::media_type::kOciConfig,
          R"({"architecture":"wasm","os":"wasi","rootfs":{"type":"layers","diff_ids":[")" +
              oci::Digest::of(plain).text() + "\"]}}"),
      {test::put_text(f.store, oci::media_type::kOciLayerGzip, gzip.text)},
      std::nullopt,
      {}};
  const oci::Descriptor root =
      test::put_text(f.store, oci::media_type::kOciManifest, oci::to_json(manifest));
  const Place place{PlaceKind::docker_archive, "a.tar", ""};
  f.write(root, {"localhost/app:v1"}, place);
  test::ScratchStore other;
  CHECK(f.load(place, other.store).at(0).manifest.digest == root.digest);
  CHECK(oci::read_blob(other.store, manifest.layers[0], 1 << 20) == gzip.text);
}

TEST_CASE("a compressed archive is read like a plain one") {
  Fixture f;
  const oci::Descriptor image = test::put_noted(f.store, "app");
  f.write(image, {"localhost/app:v1"}, {PlaceKind::oci_archive, "a.tar", ""});
  for (const Compression compression : {Compression::gzip, Compression::zstd}) {
    StringSink out;
    const auto compressor = make_compressor(compression, out, 1);
    compressor->write(as_bytes(read_file(f.directory.path() / "a.tar", 1 << 20)));
    compressor->finish();
    write_file(f.directory.path() / "a.tar.z", out.text);
    const Place place = images::recognize_place("a.tar.z", f.surroundings);
    CHECK(place.kind == PlaceKind::oci_archive);
    CHECK(images::open_place(place, f.surroundings, "a").manifest.digest == image.digest);
  }
}

TEST_CASE("dir: holds one image, as it is") {
  Fixture f;
  const oci::Descriptor wasm = test::put_noted(f.store, "wasm");
  const oci::Descriptor index = test::put_index(f.store, {{"wasi/wasm", wasm}});
  for (const oci::Descriptor& root : {wasm, index}) {
    const Place place{PlaceKind::docker_directory, std::string(root.digest.short_hex()), ""};
    f.write(root, {"localhost/app:v1"}, place);
    CHECK(images::recognize_place(place.path, f.surroundings) == place);
    const auto opened = images::open_place(place, f.surroundings, "dir");
    CHECK(opened.manifest.digest == root.digest);
    test::ScratchStore other;
    CHECK(f.load(place, other.store).at(0).manifest.digest == root.digest);
  }
  const std::filesystem::path busy = f.directory.path() / "busy";
  std::filesystem::create_directory(busy);
  write_file(busy / "mine", "x");
  CHECK(test::error_of([&] {
          f.write(wasm, {}, {PlaceKind::docker_directory, "busy", ""});
        }) == busy.native() + " has other files in it than an image's");
}

TEST_CASE("links and pipes in a directory are refused, and not waited for") {
  Fixture f;
  const oci::Descriptor image = test::put_noted(f.store, "app");
  const Place place{PlaceKind::docker_directory, "dir", ""};
  f.write(image, {}, place);
  const std::filesystem::path path = f.directory.path() / "dir" / test::id_of(f.store, image).hex();
  std::filesystem::rename(path, f.directory.path() / "elsewhere");
  std::filesystem::create_symlink(f.directory.path() / "elsewhere", path);
  test::ScratchStore other;
  CHECK(test::error_of([&] {
          (void)f.load(place, other.store);
        }).ends_with(path.native() + " is not a regular file"));
  const std::filesystem::path manifest = f.directory.path() / "dir" / "manifest.json";
  std::filesystem::remove(manifest);
  REQUIRE(::mkfifo(manifest.c_str(), 0600) == 0);
  CHECK(test::error_of([&] { (void)f.load(place, other.store); }) ==
        manifest.native() + " is not a regular file");
}

TEST_CASE("what is nothing of these is refused") {
  Fixture f;
  write_file(f.directory.path() / "empty.tar", std::string(1024, '\0'));
  CHECK(test::error_of([&] { (void)images::recognize_place("empty.tar", f.surroundings); }) ==
        (f.directory.path() / "empty.tar").native() +
            " has neither oci-layout nor manifest.json in it");
  CHECK(test::kind_of_error([&] { (void)images::recognize_place("none", f.surroundings); }) ==
        "not_found");
}
