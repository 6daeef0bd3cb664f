#include <cerrno>
#include <functional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modulah/base/files.h"

#include "files/walk_beneath.h"
#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
namespace fs = std::filesystem;

namespace {

/// A root with files and links in it, and a secret beside it.
struct Tree {
  Tree() : outer(fs::temp_directory_path()), root_path(outer.path() / "root") {
    write_file(outer.path() / "secret", "secret");
    fs::create_directories(root_path / "a" / "b");
    write_file(root_path / "a" / "b" / "file", "file");
    write_file(root_path / "top", "top");
    fs::create_symlink("b/file", root_path / "a" / "link");
    fs::create_symlink("a/b/", root_path / "dirlink");
    fs::create_symlink("../top", root_path / "a" / "up");
    fs::create_symlink("../../secret", root_path / "a" / "out");
    fs::create_symlink(outer.path() / "secret", root_path / "absolute");
    fs::create_symlink("..", root_path / "parent");
    fs::create_symlink("loop", root_path / "loop");
    fs::create_symlink("/", root_path / "a" / "slash");
    root = FileDescriptor(::open(root_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  TempDir outer;
  fs::path root_path;
  FileDescriptor root;
};

using Open = std::function<FileDescriptor(int, std::string_view, int, unsigned)>;

struct Way {
  const char* name;
  Open open;
};

/// Both ways must do the same.
const Way kWays[] = {{"open_beneath", open_beneath}, {"walk_beneath", walk_beneath}};

std::string content(FileDescriptor fd) {
  FileSource source(std::move(fd), "file");
  return read_all(source, 100, "file");
}

}  // namespace

TEST_CASE("opening beneath a root follows what stays in it") {
  const Tree tree;
  struct Case {
    const char* path;
    const char* content;
  };
  constexpr Case kCases[] = {
      {"top", "top"},           {"./top", "top"},         {"a/b/file", "file"},
      {"a//b/./file", "file"},  {"a/b/../../top", "top"}, {"a/link", "file"},
      {"dirlink/file", "file"}, {"a/up", "top"},          {"dirlink/../up", "top"},
  };
  for (const Way& way : kWays)
    for (const Case& c : kCases) {
      INFO(way.name << " " << c.path);
      CHECK(content(way.open(tree.root.get(), c.path, O_RDONLY, 0)) == c.content);
    }
}

TEST_CASE("nothing leads out of the root") {
  const Tree tree;
  constexpr const char* kPaths[] = {"/top",   "..",       "../secret",     "a/../../secret",
                                    "a/out",  "absolute", "parent/secret", "dirlink/../../../root",
                                    "parent", "a/slash",  "a/slash/etc",   "../root/top"};
  for (const Way& way : kWays)
    for (const char* path : kPaths) {
      INFO(way.name << " " << path);
      const auto open = [&] { (void)way.open(tree.root.get(), path, O_RDONLY, 0); };
      CHECK(test::error_of(open) == std::string("path \"") + path + "\" leads out of its root");
      CHECK(test::kind_of_error(open) == "invalid");
    }
}

TEST_CASE("opening beneath a root says what the system says") {
  const Tree tree;
  struct Case {
    const char* path;
    int flags;
    const char* message;
  };
  const Case cases[] = {
      {"nothing", O_RDONLY, "open nothing: no such file or directory"},
      {"", O_RDONLY, "open : no such file or directory"},
      {"top/x", O_RDONLY, "open top/x: not a directory"},
      {"top/", O_RDONLY, "open top/: not a directory"},
      {"nothing/x", O_RDONLY, "open nothing/x: no such file or directory"},
      {"loop", O_RDONLY, "open loop: too many levels of symbolic links"},
      {"a/link", O_RDONLY | O_NOFOLLOW, "open a/link: too many levels of symbolic links"},
      {"top", O_RDONLY | O_DIRECTORY, "open top: not a directory"},
      {"top", O_WRONLY | O_CREAT | O_EXCL, "open top: file exists"},
      {"a", O_WRONLY, "open a: is a directory"},
  };
  for (const Way& way : kWays)
    for (const Case& c : cases) {
      INFO(way.name << " " << c.path);
      CHECK(test::error_of([&] { (void)way.open(tree.root.get(), c.path, c.flags, 0600); }) ==
            c.message);
    }
}

TEST_CASE("a NUL byte does not cut a path short") {
  const Tree tree;
  CHECK(test::kind_of_error([&] {
          (void)open_beneath(tree.root.get(), std::string_view("top\0x", 5), O_RDONLY);
        }) == "io");
}

TEST_CASE("files, directories and links themselves can be opened beneath a root") {
  for (const Way& way : kWays) {
    INFO(way.name);
    const Tree tree;
    const int root = tree.root.get();
    const FileDescriptor made = way.open(root, "a/new", O_RDWR | O_CREAT | O_EXCL, 0640);
    struct stat status;
    REQUIRE(::fstat(made.get(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0640);
    CHECK((::fcntl(made.get(), F_GETFD) & FD_CLOEXEC) != 0);

    REQUIRE(::fstat(way.open(root, "dirlink", O_RDONLY | O_DIRECTORY, 0).get(), &status) == 0);
    CHECK(S_ISDIR(status.st_mode));
    REQUIRE(::fstat(way.open(root, ".", O_RDONLY, 0).get(), &status) == 0);
    CHECK(S_ISDIR(status.st_mode));
    REQUIRE(::fstat(way.open(root, "a/..", O_PATH, 0).get(), &status) == 0);
    CHECK(S_ISDIR(status.st_mode));
    REQUIRE(::fstat(way.open(root, "a/out", O_PATH | O_NOFOLLOW, 0).get(), &status) == 0);
    CHECK(S_ISLNK(status.st_mode));
  }
}
