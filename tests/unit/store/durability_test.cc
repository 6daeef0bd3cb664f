// What may be trusted: blobs that were checked and synced, and what becomes of the others.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modulah/store/layout_store.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "store_helpers.h"

using namespace modulah;
using namespace modulah::store;
using oci::Descriptor;
using test::error_of;
using test::kTemporary;
using test::pull;
using test::put_text;

namespace fs = std::filesystem;

namespace {

struct Fixture {
  [[nodiscard]] fs::path path_of(const Descriptor& blob) const {
    return root / "blobs/sha256" / blob.digest.hex();
  }
  /// Replaces the bytes as a failing disk does: nothing else about the file changes.
  void rot(const Descriptor& blob) const {
    struct stat status {};
    REQUIRE(::stat(path_of(blob).c_str(), &status) == 0);
    overwrite(blob);
    const timespec times[2] = {status.st_atim, status.st_mtim};
    REQUIRE(::utimensat(AT_FDCWD, path_of(blob).c_str(), times, 0) == 0);
  }
  /// The same number of other bytes, written in place.
  void overwrite(const Descriptor& blob) const {
    const FileDescriptor fd(::open(path_of(blob).c_str(), O_WRONLY | O_CLOEXEC));
    REQUIRE(::write(fd.get(), "XX", 2) == 2);
  }

  TempDir directory{kTemporary};
  fs::path root = directory.path() / "store";
  LayoutStore store{root, Access::write};
};

}  // namespace

TEST_CASE("a blob of the right size with other bytes is not there, and comes back") {
  Fixture fixture;
  const Descriptor blob = put_text(fixture.store, "text/plain", "right");
  fixture.overwrite(blob);
  {
    LayoutStore later(fixture.root, Access::write);
    CHECK_FALSE(later.has(blob));
    CHECK(later.has_file(blob));
    (void)put_text(later, "text/plain", "right");
    CHECK(later.has(blob));
  }
  CHECK(oci::read_blob(fixture.store, blob, 100) == "right");
}

TEST_CASE("a blob that was changed after it was settled is noticed") {
  Fixture fixture;
  const Descriptor manifest = pull(fixture.store, "a");
  fixture.store.tag("a", manifest);
  CHECK(LayoutStore(fixture.root, Access::write).has(manifest));
  fixture.overwrite(manifest);
  CHECK_FALSE(LayoutStore(fixture.root, Access::write).has(manifest));
  // The image comes back with a pull, name and all.
  LayoutStore later(fixture.root, Access::write);
  CHECK(pull(later, "a") == manifest);
  CHECK(later.has(manifest));
  CHECK(later.resolve("a") == manifest);
}

TEST_CASE("damage that reading finds is not trusted any more") {
  Fixture fixture;
  const Descriptor manifest = pull(fixture.store, "a");
  fixture.store.tag("a", manifest);
  fixture.rot(manifest);
  // Nothing about the file tells; only its bytes do.
  CHECK(LayoutStore(fixture.root, Access::write).has(manifest));
  const LayoutStore writer(fixture.root, Access::write);
  LayoutStore reader(fixture.root, Access::read);
  try {
    (void)oci::read_blob(reader, manifest, 1 << 20);
    FAIL("it was read");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::corrupt);
    CHECK(error.hint() == "Run 'modulah fsck --repair', then build or pull the image again.");
  }
  CHECK_FALSE(LayoutStore(fixture.root, Access::write).has(manifest));
}

TEST_CASE("writing a blob once more replaces one with other bytes") {
  Fixture fixture;
  const Descriptor manifest = pull(fixture.store, "a");
  fixture.store.tag("a", manifest);
  const std::string text = oci::read_blob(fixture.store, manifest, 1 << 20);
  fixture.rot(manifest);
  const auto writer = fixture.store.begin_blob();
  writer->write(as_bytes(text));
  (void)writer->commit(manifest.media_type);
  CHECK(oci::read_blob(fixture.store, manifest, 1 << 20) == text);
}

TEST_CASE("no name is given to an image with a damaged blob") {
  Fixture fixture;
  const Descriptor manifest = pull(fixture.store, "a");
  const Descriptor config{"", oci::Digest::of("{\"author\":\"a\"}"), 14};
  REQUIRE(fixture.store.has(config));
  fixture.overwrite(config);
  LayoutStore later(fixture.root, Access::write);
  CHECK(error_of([&] { later.tag("a", manifest); }).starts_with(fixture.path_of(config).native()));
  CHECK_FALSE(later.resolve("a").has_value());
}

TEST_CASE("naming an image settles its blobs once") {
  Fixture fixture;
  const Descriptor manifest = pull(fixture.store, "a");
  const Descriptor other = put_text(fixture.store, "text/plain", "of a stage that was left out");
  fixture.store.tag("a", manifest);
  struct stat before {};
  struct stat after {};
  REQUIRE(::stat(fixture.path_of(other).c_str(), &before) == 0);
  LayoutStore later(fixture.root, Access::write);
  CHECK(later.has(other));
  later.tag("a", manifest);
  later.tag("b", manifest);
  REQUIRE(::stat(fixture.path_of(other).c_str(), &after) == 0);
  CHECK(before.st_ctim.tv_sec == after.st_ctim.tv_sec);
  CHECK(before.st_ctim.tv_nsec == after.st_ctim.tv_nsec);
}

TEST_CASE("a store is private whatever the umask is, and an older one becomes so") {
  const TempDir directory(kTemporary);
  const fs::path root = directory.path() / "new" / "store";
  const mode_t before = ::umask(0);
  {
    LayoutStore store(root, Access::write);
    store.tag("a", pull(store, "a"));
  }
  ::umask(before);
  const auto check_private = [&] {
    CHECK((fs::status(root).permissions() & fs::perms::mask) == fs::perms::owner_all);
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      CAPTURE(entry.path().native());
      CHECK((entry.status().permissions() & (fs::perms::group_all | fs::perms::others_all)) ==
            fs::perms::none);
    }
  };
  check_private();
  for (const auto& entry : fs::recursive_directory_iterator(root))
    fs::permissions(entry.path(), fs::perms{entry.is_directory() ? 0777U : 0666U});
  fs::permissions(root, fs::perms::all);
  LayoutStore(root, Access::write).tag("b", *LayoutStore(root, Access::read).resolve("a"));
  check_private();
  // A layout is for others as well.
  { const LayoutStore layout(directory.path() / "layout", Access::write, Role::layout); }
  CHECK((fs::status(directory.path() / "layout/index.json").permissions() &
         fs::perms::group_read) != fs::perms::none);
}
