// The view of an image that is shown as a guest's working directory.
#include "working_view.h"

#include <algorithm>
#include <string>
#include <vector>

#include <sys/stat.h>

#include "modulah_test/catch.h"
#include "scratch.h"

using modulah::runner::make_working_view;
using modulah::test::Scratch;

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

/// Each entry below `root`: "a/b = content", "link -> text", "directory/".
Words entries_of(const Scratch& scratch, const fs::path& root) {
  Words lines;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string name = entry.path().lexically_relative(root).string();
    if (entry.is_symlink())
      lines.push_back(name + " -> " + fs::read_symlink(entry.path()).string());
    else if (entry.is_directory())
      lines.push_back(name + "/");
    else
      lines.push_back(name + " = " + scratch.read(entry.path().lexically_relative(scratch.path)));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace

TEST_CASE("the view has the working directory's files at the top, beside those of the root") {
  const Scratch scratch;
  fs::create_directories(scratch.path / "root/srv/etc");
  fs::create_directory(scratch.path / "root/etc");
  scratch.write("root/app", "app");
  scratch.write("root/same", "root's");
  scratch.write("root/etc/conf", "conf");
  scratch.write("root/srv/same", "srv's");
  scratch.write("root/srv/etc/own", "own");
  scratch.write("root/srv/etc/conf", "srv's conf");
  fs::create_symlink("same", scratch.path / "root/srv/near");
  fs::create_symlink("../../app", scratch.path / "root/srv/etc/far");
  fs::create_symlink("../srv", scratch.path / "root/srv/self");
  fs::create_symlink("..", scratch.path / "root/srv/up");
  fs::create_symlink("../srv/etc", scratch.path / "root/srv/around");
  fs::create_directory(scratch.path / "view");
  make_working_view(scratch.path / "root", "/srv", scratch.path / "view");
  CHECK(entries_of(scratch, scratch.path / "view") == Words{"app = app",
                                                            "around -> etc",
                                                            "etc/",
                                                            "etc/conf = srv's conf",
                                                            "etc/far -> ../app",
                                                            "etc/own = own",
                                                            "near -> same",
                                                            "same = srv's",
                                                            "self -> .",
                                                            "srv/",
                                                            "srv/around -> ../srv/etc",
                                                            "srv/etc/",
                                                            "srv/etc/conf = srv's conf",
                                                            "srv/etc/far -> ../../app",
                                                            "srv/etc/own = own",
                                                            "srv/near -> same",
                                                            "srv/same = srv's",
                                                            "srv/self -> ../srv",
                                                            "srv/up -> ..",
                                                            "up -> ."});
  struct stat one {};
  struct stat other {};
  CHECK(stat((scratch.path / "root/app").c_str(), &one) == 0);
  CHECK(stat((scratch.path / "view/app").c_str(), &other) == 0);
  CHECK(one.st_ino == other.st_ino);
}
