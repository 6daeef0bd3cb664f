#include <iterator>

#include <sys/stat.h>

#include "modulah/base/files.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using test::error_of;

namespace fs = std::filesystem;

TEST_CASE("a TempDir that a killed process left is removed, and one in use is not") {
  const TempDir directory(fs::temp_directory_path());
  const TempDir in_use(directory.path());
  const fs::path left = directory.path() / ".tmp-1-7";
  fs::create_directories(left / "deep" / "er");
  write_file(left / "deep" / "file", "12345");
  fs::permissions(left / "deep", fs::perms::none);
  write_file(in_use.path() / "file", "kept");
  (void)remove_leftovers(directory.path());
  CHECK_FALSE(fs::exists(left));
  CHECK(read_file(in_use.path() / "file", 100) == "kept");
}

TEST_CASE("remove_leftovers tells how much it freed") {
  const TempDir directory(fs::temp_directory_path());
  write_file(directory.path() / ".tmp-1-7", "12345");
  fs::create_directories(directory.path() / ".tmp-1-8" / "a");
  write_file(directory.path() / ".tmp-1-8" / "a" / "b", "1234");
  CHECK(remove_leftovers(directory.path()) == 9);
}

TEST_CASE("remove_tree follows no link and needs no permissions") {
  const TempDir directory(fs::temp_directory_path());
  write_file(directory.path() / "kept", "kept");
  const fs::path tree = directory.path() / "tree";
  fs::create_directories(tree / "a" / "b");
  fs::create_symlink("../../kept", tree / "a" / "link");
  fs::create_symlink("kept", directory.path() / "link");
  fs::permissions(tree / "a", fs::perms::none);
  CHECK(remove_tree(tree));
  CHECK(remove_tree(directory.path() / "link"));
  CHECK(remove_tree(directory.path() / "nothing"));
  CHECK(std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("private directories have mode 0700 whatever the umask is") {
  const TempDir directory(fs::temp_directory_path());
  const mode_t before = ::umask(0);
  make_private_directories(directory.path() / "a" / "b" / "");
  make_private_directories(directory.path() / "a" / "b");
  ::umask(before);
  for (const char* name : {"a", "a/b"})
    CHECK((fs::status(directory.path() / name).permissions() & fs::perms::mask) ==
          fs::perms::owner_all);
  write_file(directory.path() / "file", "");
  CHECK(error_of([&] { make_private_directories(directory.path() / "file" / "x"); }) ==
        "make the directory " + (directory.path() / "file" / "x").native() + ": not a directory");
}
