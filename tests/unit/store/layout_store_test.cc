// A store with one user at a time.
#include "modulah/store/layout_store.h"

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include <sys/stat.h>

#include <fmt/format.h>

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "store_helpers.h"

using namespace modulah;
using namespace modulah::store;
using oci::Descriptor;
using test::count_files;
using test::error_of;
using test::index_of;
using test::kTemporary;
using test::pull;
using test::put_image;

namespace fs = std::filesystem;

TEST_CASE("a store keeps an image and its name") {
  const TempDir directory(kTemporary);
  const fs::path root = directory.path() / "store";
  {
    LayoutStore store(root, Access::write);
    store.tag("localhost/a:v1", pull(store, "a"));
  }
  LayoutStore store(root, Access::read);
  const auto manifest = store.resolve("localhost/a:v1");
  REQUIRE(manifest.has_value());
  CHECK(store.has(*manifest));
  CHECK(oci::read_blob(store, *manifest, 1 << 20).size() == manifest->size);
  test::MemoryStore out;
  CHECK(image::copy_image(store, out, *manifest).blobs_copied == 3);
  CHECK(read_file(root / "oci-layout", 100) == R"({"imageLayoutVersion":"1.0.0"})");
  CHECK_FALSE(store.resolve("localhost/a:v2").has_value());
}

TEST_CASE("an image is added when it gets its first name, and again when it comes back") {
  const TempDir directory(kTemporary);
  LayoutStore store(directory.path() / "store", Access::write);
  const Descriptor image = pull(store, "a");
  const fs::path file = store.root() / "blobs" / "sha256" / image.digest.hex();
  const auto set_added = [&] {
    // By whole seconds: the rest of the time is a mark of the store's.
    fs::last_write_time(file, fs::last_write_time(file) - std::chrono::hours(5));
    return store.images().empty() ? 0 : store.images().front().added;
  };
  store.tag("localhost/a:v1", image);
  const std::int64_t old = set_added();
  REQUIRE(old > 0);
  // Another name does not make it newer, nor does the same build.
  store.tag("localhost/a:v2", image);
  store.tag("localhost/a:v1", image);
  CHECK(store.images().front().added == old);
  // A build that is undone by the next one does.
  store.tag("localhost/a:v1", pull(store, "b"));
  (void)store.untag("localhost/a:v2");
  store.tag("localhost/a:v1", image);
  for (const StoredImage& one : store.images())
    if (one.manifest.digest == image.digest) CHECK(one.added > old + 4 * 3'600'000'000'000);
}

TEST_CASE("a store that is not there has no images") {
  const TempDir directory(kTemporary);
  const fs::path root = directory.path() / "nothing";
  LayoutStore store(root, Access::read);
  CHECK(store.images().empty());
  CHECK(store.find_by_id("abcd").empty());
  CHECK_FALSE(store.resolve("a").has_value());
  CHECK(store.disk_usage() == 0);
  CHECK_FALSE(fs::exists(root));
  CHECK(error_of([&] { LayoutStore layout(root, Access::read, Role::layout); }) ==
        root.native() + " has no OCI image layout");
  CHECK(error_of([&] { (void)store.begin_blob(); }) ==
        root.native() + " was opened for reading only");
}

TEST_CASE("tagging again what is tagged writes nothing") {
  const TempDir directory(kTemporary);
  LayoutStore store(directory.path(), Access::write);
  const Descriptor manifest = pull(store, "a");
  store.tag("a", manifest);
  struct stat before {};
  struct stat after {};
  REQUIRE(::stat((directory.path() / "index.json").c_str(), &before) == 0);
  store.tag("a", manifest);
  (void)pull(store, "a");
  REQUIRE(::stat((directory.path() / "index.json").c_str(), &after) == 0);
  CHECK(before.st_ino == after.st_ino);
}

TEST_CASE("a name that moves leaves the old image without one") {
  const TempDir directory(kTemporary);
  LayoutStore store(directory.path(), Access::write);
  const Descriptor a = pull(store, "a");
  const Descriptor b = pull(store, "b");
  store.tag("x", a);
  store.tag("y", a);
  store.tag("x", b);
  std::vector<StoredImage> images = store.images();
  REQUIRE(images.size() == 2);
  CHECK(images[0].manifest == a);
  CHECK(images[0].names == std::vector<std::string>{"y"});
  CHECK(images[1].names == std::vector<std::string>{"x"});
  store.tag("y", b);
  images = store.images();
  REQUIRE(images.size() == 2);
  CHECK(images[0].names.empty());
  CHECK(images[0].id == oci::Digest::of("{\"author\":\"a\"}"));
  CHECK(images[0].size > 20);
  CHECK(store.resolve(a.digest.text()) == a);
}

TEST_CASE("tag refuses what is not stored") {
  const TempDir directory(kTemporary);
  LayoutStore store(directory.path(), Access::write);
  test::MemoryStore other;
  const Descriptor manifest = put_image(other, "a");
  CHECK(error_of([&] { store.tag("a", manifest); }) ==
        directory.path().native() + " has no manifest " + manifest.digest.text() + " to be named");
  CHECK(store.images().empty());
}

TEST_CASE("begin_blob stores under the digest, or nothing at all") {
  const TempDir directory(kTemporary);
  LayoutStore store(directory.path(), Access::write);
  const fs::path blobs = directory.path() / "blobs" / "sha256";
  {
    const auto blob = store.begin_blob();
    blob->write(as_bytes("half"));
  }
  CHECK(count_files(blobs) == 0);
  CHECK(count_files(directory.path() / "cache" / "tmp") == 0);
  for (int i = 0; i < 2; ++i) {
    const auto blob = store.begin_blob();
    blob->write(as_bytes("hello "));
    blob->write(as_bytes("world"));
    const Descriptor descriptor = blob->commit("text/plain");
    CHECK(descriptor == Descriptor{"text/plain", oci::Digest::of("hello world"), 11});
    CHECK(oci::read_blob(store, descriptor, 100) == "hello world");
  }
  CHECK(count_files(blobs) == 1);
  CHECK(store.disk_usage() == 11);
}

TEST_CASE("put keeps nothing of content that is not what it should be") {
  const TempDir directory(kTemporary);
  LayoutStore store(directory.path(), Access::write);
  const Descriptor blob{"text/plain", oci::Digest::of("right"), 5};
  for (const char* text : {"wrong", "righ", "rights"}) {
    SpanSource content{std::string_view(text)};
    CHECK(test::kind_of_error([&] { store.put(blob, content); }) == "corrupt");
  }
  CHECK_FALSE(store.has(blob));
  CHECK(count_files(directory.path() / "cache" / "tmp") == 0);
}

TEST_CASE("a damaged blob is named with its path, and mended by the next put") {
  const TempDir directory(kTemporary);
  LayoutStore store(directory.path(), Access::write);
  const Descriptor blob = test::put_text(store, "text/plain", "right");
  const fs::path path = directory.path() / "blobs/sha256" / blob.digest.hex();
  write_file(path, "wrong");
  const std::string message = error_of([&] { (void)oci::read_blob(store, blob, 100); });
  CHECK(message.find(path.native() + ": ") != std::string::npos);
  write_file(path, "short--");
  CHECK(error_of([&] { (void)store.open(blob); }) ==
        "blob " + blob.digest.text() + ": " + path.native() + " has 7 bytes, not 5");
  CHECK_FALSE(store.has(blob));
  (void)test::put_text(store, "text/plain", "right");
  CHECK(oci::read_blob(store, blob, 100) == "right");
  fs::remove(path);
  CHECK(error_of([&] { (void)store.open(blob); }) ==
        "blob " + blob.digest.text() + ": open " + path.native() + ": no such file or directory");
}

TEST_CASE("other tools' entries and fields stay as they are") {
  const TempDir directory(kTemporary);
  LayoutStore store(directory.path(), Access::write);
  const Descriptor a = pull(store, "a");
  const std::string other =
      R"({"mediaType":"x/y","digest":"sha512:ab","size":1,"urls":["http://h/"],"data":"e30="})";
  write_file(directory.path() / "index.json",
             R"({"schemaVersion":2,"x-tool":{"b":1,"a":2},"manifests":[)" + other +
                 R"(],"annotations":{"k":"v"}})");
  store.tag("v1", a);
  CHECK(
      index_of(directory.path()) ==
      R"({"schemaVersion":2,"x-tool":{"b":1,"a":2},"manifests":[)" + other +
          R"(,{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":")" +
          a.digest.text() + fmt::format(R"(","size":{},)", a.size) +
          R"("annotations":{"org.opencontainers.image.ref.name":"v1"}}],"annotations":{"k":"v"}})");
  CHECK(store.images().size() == 1);
  CHECK(store.untag("v1"));
  CHECK_FALSE(store.untag("v1"));
  CHECK(index_of(directory.path()).find(other) != std::string::npos);
}

TEST_CASE("a damaged index stops everything and is not overwritten") {
  const TempDir directory(kTemporary);
  LayoutStore store(directory.path(), Access::write);
  const Descriptor a = pull(store, "a");
  for (const char* text : {"", "{", "[]", R"({"schemaVersion":2})",
                           R"({"schemaVersion":2,"manifests":[{"digest":"sha256:1"}]})"}) {
    write_file(directory.path() / "index.json", text);
    const std::string message = error_of([&] { store.tag("v1", a); });
    CHECK(message.starts_with((directory.path() / "index.json").native()));
    CHECK(error_of([&] { (void)store.images(); }) == message);
    CHECK(error_of([&] { (void)store.prune(); }) == message);
    CHECK(index_of(directory.path()) == text);
  }
  CHECK(store.has(a));
}

TEST_CASE("a directory that is something else is refused") {
  const TempDir directory(kTemporary);
  write_file(directory.path() / "notes.txt", "mine");
  const std::string message =
      directory.path().native() + " is not empty and is not an OCI image layout";
  CHECK(error_of([&] { LayoutStore store(directory.path(), Access::write); }) == message);
  CHECK(error_of([&] { LayoutStore store(directory.path(), Access::read); }) == message);
  CHECK(count_files(directory.path()) == 1);
  write_file(directory.path() / "oci-layout", R"({"imageLayoutVersion":"2.0"})");
  CHECK(error_of([&] { LayoutStore store(directory.path(), Access::read); }) ==
        (directory.path() / "oci-layout").native() +
            " has the imageLayoutVersion \"2.0\", not 1.0.0");
}

TEST_CASE("a start that was interrupted is taken up") {
  const TempDir directory(kTemporary);
  write_file(directory.path() / ".tmp-1-0", "half a marker");
  LayoutStore store(directory.path(), Access::write);
  store.tag("a", pull(store, "a"));
  CHECK(store.resolve("a").has_value());
}

TEST_CASE("a directory with nothing but a store's cache becomes a store, and no layout") {
  const TempDir directory(kTemporary);
  fs::create_directories(directory.path() / "cache" / "run");
  LayoutStore reading(directory.path(), Access::read);
  CHECK(reading.images().empty());
  CHECK(error_of([&] { LayoutStore(directory.path(), Access::write, Role::layout); }) ==
        directory.path().native() + " is not empty and is not an OCI image layout");
  LayoutStore store(directory.path(), Access::write);
  store.tag("localhost/a:v1", pull(store, "a"));
  CHECK(reading.images().size() == 1);
}

TEST_CASE("find_by_id takes the beginning of either digest") {
  const TempDir directory(kTemporary);
  LayoutStore store(directory.path(), Access::write);
  const Descriptor a = pull(store, "a");
  store.tag("a", a);
  const oci::Digest config = oci::Digest::of("{\"author\":\"a\"}");
  CHECK(store.find_by_id(a.digest.short_hex()).size() == 1);
  CHECK(store.find_by_id(config.text()).size() == 1);
  CHECK(store.find_by_id(config.hex().substr(0, 4)).size() == 1);
  CHECK(store.find_by_id(config.hex().substr(0, 3)).empty());
  CHECK(store.find_by_id("xyzw").empty());
}

TEST_CASE("an image whose manifest is gone is listed with the reason") {
  const TempDir directory(kTemporary);
  LayoutStore store(directory.path(), Access::write);
  const Descriptor a = pull(store, "a");
  store.tag("a", a);
  const fs::path path = directory.path() / "blobs/sha256" / a.digest.hex();
  fs::remove(path);
  const std::vector<StoredImage> images = store.images();
  REQUIRE(images.size() == 1);
  CHECK(images[0].problem ==
        "blob " + a.digest.text() + ": open " + path.native() + ": no such file or directory");
  CHECK(store.remove("a", Removing::last_name_only).deleted == a.digest);
}

TEST_CASE("remove frees what no other image needs") {
  const TempDir directory(kTemporary);
  LayoutStore store(directory.path(), Access::write);
  const Descriptor a = pull(store, "a");
  const Descriptor b = pull(store, "b");
  store.tag("a1", a);
  store.tag("a2", a);
  store.tag("b", b);
  const std::uint64_t all = store.disk_usage();

  Removal removal = store.remove("a1", Removing::last_name_only);
  CHECK(removal.untagged == std::vector<std::string>{"a1"});
  CHECK_FALSE(removal.deleted.has_value());
  CHECK(store.disk_usage() == all);

  store.tag("a1", a);
  CHECK(error_of([&] { (void)store.remove(a.digest.short_hex(), Removing::last_name_only); }) ==
        "image " + std::string(a.digest.short_hex()) + " has several names: a2, a1");
  removal = store.remove(a.digest.short_hex(), Removing::all_names);
  CHECK(removal.untagged == std::vector<std::string>{"a2", "a1"});
  CHECK(removal.deleted == a.digest);
  CHECK_FALSE(removal.is_put_off);
  CHECK(removal.freed_bytes == all - store.disk_usage());
  CHECK_FALSE(store.has(a));
  test::MemoryStore out;
  CHECK(image::copy_image(store, out, b).blobs_copied == 3);
  CHECK(error_of([&] { (void)store.remove("a1", Removing::all_names); }) ==
        "image \"a1\" is not in the store");
}

TEST_CASE("prune removes images without names and blobs without images") {
  const TempDir directory(kTemporary);
  LayoutStore store(directory.path(), Access::write);
  store.tag("", pull(store, "a"));
  store.tag("b", pull(store, "b"));
  (void)test::put_text(store, "text/plain", "nobody's");
  write_file(directory.path() / "cache/tmp/.tmp-1-1", "half");
  CHECK(store.images().size() == 2);
  CHECK_FALSE(store.prune().is_put_off);
  CHECK(store.images().size() == 1);
  CHECK(count_files(directory.path() / "blobs/sha256") == 3);
  CHECK(count_files(directory.path() / "cache/tmp") == 0);
}

TEST_CASE("a manifest that is damaged stops the removal of blobs") {
  const TempDir directory(kTemporary);
  LayoutStore store(directory.path(), Access::write);
  const Descriptor a = pull(store, "a");
  store.tag("a", a);
  store.tag("b", pull(store, "b"));
  const fs::path path = directory.path() / "blobs/sha256" / a.digest.hex();
  write_file(path, "{ is damaged }");
  CHECK(error_of([&] { (void)store.prune(); }) ==
        path.native() + " does not have the bytes that its name says, so nothing was removed");
  CHECK(count_files(directory.path() / "blobs/sha256") == 6);
}

TEST_CASE("a store may list more images than a document in a blob may name") {
  const TempDir directory(kTemporary);
  LayoutStore store(directory.path(), Access::write);
  const Descriptor a = pull(store, "a");
  std::string index = R"({"schemaVersion":2,"manifests":[)";
  for (int i = 0; index.size() <= oci::kMaxDocumentBytes; ++i)
    index += fmt::format(
        R"({{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":1,"digest":"sha256:{:064x}"}},)",
        i);
  index.back() = ']';
  write_file(directory.path() / "index.json", index + "}");
  store.tag("a", a);
  CHECK(store.resolve("a").has_value());
}

TEST_CASE("an index that is nested too deep is refused, not followed") {
  const TempDir directory(kTemporary);
  LayoutStore store(directory.path(), Access::write);
  const std::string depth(1'000'000, '[');
  write_file(directory.path() / "index.json", R"({"a":"sha512:", "manifests":[)" + depth);
  CHECK(error_of([&] {
          (void)store.images();
        }).ends_with("/index.json: offset 59: nested deeper than 32"));
}

TEST_CASE("a layout that was named as a destination has only the standard's files") {
  const TempDir directory(kTemporary);
  const fs::path root = directory.path() / "out";
  {
    LayoutStore store(root, Access::write, Role::layout);
    store.tag("v1", pull(store, "a"));
  }
  std::set<std::string> names;
  for (const auto& file : fs::directory_iterator(root)) names.insert(file.path().filename());
  CHECK(names == std::set<std::string>{"blobs", "index.json", "oci-layout"});
}
