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

TEST_CASE("a link that would lead out of the root leads to the root's file") {
  struct Case {
    const char* text;
    const char* directory;
    const char* confined;
  };
  constexpr Case kCases[] = {
      {"file", "", "file"},
      {"../file", "/a", "../file"},
      {"../../b/./c", "/a/d", "../../b/./c"},
      {"/", "", "."},
      {"/", "/a", "../"},
      {"/etc/conf", "", "etc/conf"},
      {"/etc/conf", "/a/b", "../../etc/conf"},
      {"/../../etc", "/a", "../etc"},
      {"..", "", "."},
      {"../../etc", "/a", "../etc"},
      {"../../../etc", "/a/b", "../../etc"},
      // What "x" is cannot be told from the text, so it does not go up from there.
      {"x/../../../etc", "/a", "../etc"},
      {"x/..", "/a", "../a"},
  };
  for (const Case& c : kCases) CHECK(confined_link(c.text, c.directory) == c.confined);
}

TEST_CASE("all links of a tree are confined") {
  const Scratch scratch;
  namespace fs = std::filesystem;
  fs::create_directories(scratch.path / "root/a/b");
  fs::create_symlink("/", scratch.path / "root/out");
  fs::create_symlink("../../../etc", scratch.path / "root/a/up");
  fs::create_symlink("b", scratch.path / "root/a/near");
  fs::create_directory_symlink("/etc", scratch.path / "root/a/b/etc");
  confine_links(scratch.path / "root");
  CHECK(fs::read_symlink(scratch.path / "root/out") == ".");
  CHECK(fs::read_symlink(scratch.path / "root/a/up") == "../etc");
  CHECK(fs::read_symlink(scratch.path / "root/a/near") == "b");
  CHECK(fs::read_symlink(scratch.path / "root/a/b/etc") == "../../etc");
}
