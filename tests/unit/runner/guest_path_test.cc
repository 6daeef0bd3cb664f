#include "guest_path.h"

#include "modulah_test/catch.h"
#include "scratch.h"

using namespace modulah::runner;
using modulah::test::Scratch;

TEST_CASE("host_path_of follows symlinks as below a chroot") {
  const Scratch scratch;
  const auto root = scratch.path / "root";
  std::filesystem::create_directories(root / "usr" / "lib");
  scratch.write("root/usr/lib/a.wasm", "");
  scratch.write("outside", "");
  std::filesystem::create_directory_symlink("/usr/lib", root / "lib");
  std::filesystem::create_directory_symlink("../../../..", root / "usr" / "up");
  std::filesystem::create_symlink("a.wasm", root / "usr" / "lib" / "b.wasm");
  std::filesystem::create_symlink("loop", root / "loop");
  std::filesystem::create_symlink((scratch.path / "outside").c_str(), root / "leak");

  CHECK(host_path_of(root, "/") == root);
  CHECK(host_path_of(root, "/lib/b.wasm") == root / "usr" / "lib" / "a.wasm");
  CHECK(host_path_of(root, "/usr/up/lib/./a.wasm") == root / "usr" / "lib" / "a.wasm");
  CHECK(host_path_of(root, "/../../usr") == root / "usr");
  CHECK_FALSE(host_path_of(root, "/loop"));
  CHECK_FALSE(host_path_of(root, "/leak"));
  CHECK_FALSE(host_path_of(root, "/none"));
}

TEST_CASE("is_within compares whole names") {
  CHECK(is_within("/a/b", "/a"));
  CHECK(is_within("/a", "/a"));
  CHECK(is_within("/a", "/"));
  CHECK_FALSE(is_within("/ab", "/a"));
  CHECK_FALSE(is_within("/", "/a"));
}
