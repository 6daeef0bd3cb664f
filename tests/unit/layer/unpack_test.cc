#include "modulah/layer/unpack.h"

#include <sys/stat.h>
#include <unistd.h>

#include "modulah/base/files.h"

#include "layer_helpers.h"
#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using namespace modulah::layer;
using test::error_of;
using test::Item;
using test::make_directory;
using test::make_file;
using test::make_hardlink;
using test::make_symlink;
using test::MemoryStore;

namespace fs = std::filesystem;

namespace {

/// Layers in memory, and a directory to unpack them into that lies beside a file of the host's.
struct Place {
  Place() { write_file(directory.path() / "host", "the host's"); }
  UnpackResult unpack(const std::vector<std::vector<Item>>& layers) {
    std::vector<oci::Descriptor> blobs;
    for (const auto& items : layers) blobs.push_back(test::put_layer(store, items));
    fs::create_directory(root);
    return unpack_layers(store, blobs, root);
  }
  [[nodiscard]] std::string text(const std::string& path) const {
    return read_file(root / path, 1 << 20);
  }
  [[nodiscard]] bool is_host_as_it_was() const {
    return read_file(directory.path() / "host", 100) == "the host's" &&
           std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()) == 2;
  }

  MemoryStore store;
  TempDir directory{fs::temp_directory_path()};
  fs::path root = directory.path() / "root";
};

/// A layer with these names as they are, which LayerWriter would not keep us from writing.
oci::Descriptor hostile(MemoryStore& store, const std::vector<Item>& items) {
  return test::put_layer(store, items);
}

}  // namespace

TEST_CASE("layers are unpacked with their modes, times and links") {
  Place place;
  std::vector<Item> items = {make_directory("bin"), make_file("bin/app", "12345", 04755),
                             make_symlink("bin/sh", "/bin/app"),
                             make_hardlink("bin/same", "bin/app"), make_file("no/parents", "x", 0)};
  items[1].entry.mtime = 1'000'000'000;
  const UnpackResult result = place.unpack({items});
  CHECK(result.entries == 5);
  CHECK(result.bytes == 6);
  struct stat status {};
  REQUIRE(::stat((place.root / "bin/app").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0755);
  CHECK(status.st_mtime == 1'000'000'000);
  CHECK(status.st_nlink == 2);
  CHECK(fs::read_symlink(place.root / "bin/sh") == "/bin/app");
  CHECK(place.text("bin/same") == "12345");
  CHECK(place.text("no/parents") == "x");
}

TEST_CASE("upper layers replace, whiteouts remove") {
  Place place;
  (void)place.unpack({{make_file("a", "1"), make_file("d/b", "1"), make_file("d/c", "1"),
                       make_file("e/f/g", "1"), make_symlink("l", "e"), make_file("x/y", "1")},
                      {make_file("a", "2"), make_file("d/.wh.b", ""), make_file("l/f/h", "2"),
                       make_file("e/f/.wh..wh..opq", ""), make_file("x", "2")}});
  CHECK(place.text("a") == "2");
  CHECK_FALSE(fs::exists(place.root / "d/b"));
  CHECK(place.text("d/c") == "1");
  CHECK_FALSE(fs::exists(place.root / "e/f/g"));
  CHECK(place.text("e/f/h") == "2");
  CHECK(place.text("x") == "2");
}

TEST_CASE("nothing is written or removed outside the target") {
  SECTION("a symlink out and a file through it") {
    Place place;
    (void)place.unpack({{make_symlink("out", "../"), make_file("out/host", "evil")}});
    CHECK(place.is_host_as_it_was());
    CHECK(place.text("host") == "evil");
  }
  SECTION("an absolute symlink to the host's file, then written") {
    Place place;
    const std::string host = (place.directory.path() / "host").native();
    (void)place.unpack({{make_symlink("l", host), make_file("l", "evil")}});
    CHECK(place.is_host_as_it_was());
    CHECK(place.text("l") == "evil");
  }
  SECTION("a chain of symlinks, then a whiteout through it") {
    Place place;
    (void)place.unpack({{make_symlink("a", ".."), make_symlink("b", "a/.."), make_file("keep", "")},
                        {make_file("b/.wh.host", ""), make_file("b/.wh..wh..opq", "")}});
    CHECK(place.is_host_as_it_was());
  }
  SECTION("a hard link through a symlink") {
    Place place;
    CHECK(error_of([&] {
            (void)place.unpack({{make_symlink("a", ".."), make_hardlink("mine", "a/host")}});
          }).ends_with("entry \"mine\": hard link to \"a/host\", which is not a file"));
    CHECK(place.is_host_as_it_was());
  }
  SECTION("a hard link to a symlink, then written") {
    Place place;
    const std::string host = (place.directory.path() / "host").native();
    (void)place.unpack(
        {{make_symlink("l", host), make_hardlink("h", "l"), make_file("h", "evil")}});
    CHECK(place.is_host_as_it_was());
  }
  SECTION("names with ..") {
    Place place;
    const oci::Descriptor layer = hostile(place.store, {make_file("../host", "evil")});
    fs::create_directory(place.root);
    CHECK(error_of([&] {
            (void)unpack_layers(place.store, std::vector{layer}, place.root);
          }).ends_with("entry \"../host\": the name leads out of the root"));
    CHECK(place.is_host_as_it_was());
  }
  SECTION("absolute names") {
    Place place;
    (void)place.unpack({{make_file("/etc/evil-modulah-test", "x")}});
    CHECK(place.text("etc/evil-modulah-test") == "x");
    CHECK_FALSE(fs::exists("/etc/evil-modulah-test"));
  }
}

TEST_CASE("device files are counted and not made") {
  Place place;
  Item device = test::make_entry("dev/null", EntryType::character_device);
  device.entry.device_major = 1;
  device.entry.device_minor = 3;
  const UnpackResult result = place.unpack(
      {{device, test::make_entry("fifo", EntryType::fifo), make_hardlink("null", "dev/null")}});
  CHECK(result.skipped_devices == 3);
  CHECK_FALSE(fs::exists(place.root / "dev/null"));
}

TEST_CASE("unpacking stops at its limits") {
  Place place;
  const oci::Descriptor large = test::put_layer(place.store, {make_file("a", test::noise(10'000))});
  const oci::Descriptor bomb =
      test::put_layer(place.store, {make_file("zeros", std::string(4'000'000, '\0'))});
  const oci::Descriptor many =
      test::put_layer(place.store, {make_file("b", ""), make_file("c", ""), make_file("d", "")});
  const auto message_of = [&](const std::vector<oci::Descriptor>& layers,
                              const UnpackLimits& limits) {
    const TempDir target(place.directory.path());
    try {
      (void)unpack_layers(place.store, layers, target.path(), {.limits = limits});
    } catch (const LimitError& error) {
      return error.message();
    }
    return std::string("no limit");
  };
  CHECK(message_of({large}, {.max_bytes = 9'999}) ==
        "layer " + large.digest.text() +
            ": unpack \"a\": the files have more than the 9999 bytes allowed");
  CHECK(message_of({many}, {.max_entries = 2}).ends_with(" has more than the 2 entries allowed"));
  // Neither layer has too many, but both together.
  CHECK(message_of({many, large}, {.max_entries = 3}) ==
        "layer " + large.digest.text() + ": more than the 3 files allowed");
  const std::string name = "layer " + bomb.digest.text();
  CHECK(message_of({bomb}, {.max_ratio = 100, .ratio_free_bytes = 1'000'000})
            .ends_with(name +
                       " unpacks to more than 100 times its size, which is how decompression "
                       "bombs look"));
  CHECK(message_of({bomb}, {.max_ratio = 100}) == "no limit");
}

TEST_CASE("unpacking stops when it is asked to") {
  Place place;
  const oci::Descriptor layer = test::put_layer(place.store, {make_file("a", test::noise(10'000))});
  fs::create_directory(place.root);
  std::stop_source stop;
  stop.request_stop();
  const UnpackOptions options{.limits = {}, .stop = stop.get_token()};
  try {
    (void)unpack_layers(place.store, std::vector{layer}, place.root, options);
    FAIL("it went on");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::cancelled);
  }
}

namespace {

std::optional<std::string> text_of(MemoryStore& store, const std::vector<std::vector<Item>>& layers,
                                   std::string_view path) {
  std::vector<oci::Descriptor> blobs;
  for (const auto& items : layers) blobs.push_back(test::put_layer(store, items));
  const std::optional<FoundFile> found = find_file(store, blobs, path, 1'000);
  return found ? std::optional(found->bytes) : std::nullopt;
}

}  // namespace

TEST_CASE("find_file finds what unpacking would give") {
  MemoryStore store;
  const std::vector<std::vector<Item>> layers = {
      {make_file("app.wasm", "old"), make_file("d/a", "a"), make_file("gone", "x"),
       make_file("dir/gone", "x"), make_file("opaque/x", "x"), make_symlink("lower", "d"),
       make_file("file-now/x", "x"), make_file("real/deep/f", "deep")},
      {make_file("app.wasm", "new"), make_symlink("link", "/app.wasm"),
       make_symlink("d/up", "../../link"), make_hardlink("hard", "app.wasm"),
       make_file(".wh.gone", ""), make_file(".wh.dir", ""), make_file("opaque/.wh..wh..opq", ""),
       make_file("opaque/y", "y"), make_symlink("alias", "real/deep"), make_file("file-now", ""),
       make_symlink("loop", "loop"), make_file("twice", "1"), make_file("twice", "2")}};
  struct Case {
    const char* path;
    const char* text;  ///< Null: there is none.
  };
  constexpr Case kCases[] = {
      {"app.wasm", "new"},   {"/app.wasm", "new"},    {"./d/../app.wasm", "new"},
      {"d/a", "a"},          {"link", "new"},         {"d/up", "new"},
      {"hard", "new"},       {"gone", nullptr},       {"dir/gone", nullptr},
      {"opaque/x", nullptr}, {"opaque/y", "y"},       {"lower/a", "a"},
      {"alias/f", "deep"},   {"d", nullptr},          {"file-now/x", nullptr},
      {"no", nullptr},       {"app.wasm/x", nullptr}, {"twice", "2"}};
  for (const Case& c : kCases) {
    CAPTURE(c.path);
    CHECK(text_of(store, layers, c.path) ==
          (c.text == nullptr ? std::nullopt : std::optional<std::string>(c.text)));
  }
  CHECK(error_of([&] { (void)text_of(store, layers, "loop"); }) ==
        "path \"loop\" has more than 40 symbolic links on its way");
}

TEST_CASE("find_file reads each layer at most three times, however many links there are") {
  MemoryStore store;
  std::vector<Item> links = {make_hardlink("l0", "file")};
  for (int i = 1; i < 39; ++i)
    links.push_back(make_symlink("l" + std::to_string(i), "l" + std::to_string(i - 1)));
  const std::vector<oci::Descriptor> blobs = {
      test::put_layer(store, {make_file("file", "old"), make_file("file", "text")}),
      test::put_layer(store, links)};
  store.open_count = 0;
  const std::optional<FoundFile> found = find_file(store, blobs, "l38", 10);
  REQUIRE(found.has_value());
  CHECK(found->bytes == "text");
  CHECK(store.open_count <= 5);
}

TEST_CASE("find_file opens the top layer only, when that has the file") {
  MemoryStore store;
  const std::vector<oci::Descriptor> blobs = {test::put_layer(store, {make_file("b", "b")}),
                                              test::put_layer(store, {make_file("a", "a")})};
  store.open_count = 0;
  REQUIRE(find_file(store, blobs, "a", 10).has_value());
  CHECK(store.open_count == 1);
}

TEST_CASE("find_file refuses a file that is too large, before reading it") {
  MemoryStore store;
  const std::vector<oci::Descriptor> blobs = {test::put_layer(store, {make_file("a", "12345")})};
  CHECK(error_of([&] { (void)find_file(store, blobs, "a", 4); }) ==
        "file \"a\" has 5 bytes, more than the 4 allowed");
}

TEST_CASE("an archive is unpacked by the same rules as a layer") {
  Place place;
  fs::create_directory(place.root);
  const oci::Descriptor blob =
      test::put_layer(place.store, {make_directory("d"), make_file("d/f", "text", 04750),
                                    make_symlink("out", "../.."), make_hardlink("same", "d/f"),
                                    make_file("out/host", "inside")});
  const auto archive = ArchiveReader::open(place.store.open(blob), "archive");
  REQUIRE(archive);
  const UnpackResult result = unpack_archive(*archive, place.root);
  CHECK(result.entries == 5);
  CHECK(place.text("d/f") == "text");
  CHECK(place.text("same") == "text");
  CHECK(place.text("host") == "inside");
  CHECK((fs::status(place.root / "d/f").permissions() & fs::perms::mask) == fs::perms{0750});
  CHECK(place.is_host_as_it_was());
}
