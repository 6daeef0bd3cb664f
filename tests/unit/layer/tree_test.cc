#include "modulah/layer/tree.h"

#include <fmt/format.h>

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

namespace {

Tree tree_of(const std::vector<std::vector<Item>>& layers) {
  Tree tree;
  for (const auto& items : layers) {
    tree.begin_layer();
    for (const Item& item : items) tree.apply(item.entry);
  }
  return tree;
}

/// All paths, a directory with a slash behind it, separated by spaces.
std::string paths_of(const Tree& tree) {
  std::string text;
  tree.walk([&](const std::string& path, const TreeEntry& entry) {
    text += fmt::format("{}{}{}", text.empty() ? "" : " ", path,
                        entry.type == EntryType::directory ? "/" : "");
  });
  return text;
}

}  // namespace

TEST_CASE("a Tree has what layers name, and the directories they imply") {
  const Tree tree = tree_of({{make_directory("bin"), make_file("bin/app", "12345", 0755),
                              make_file("usr/share/doc/a", "")}});
  CHECK(paths_of(tree) == "bin/ bin/app usr/ usr/share/ usr/share/doc/ usr/share/doc/a");
  CHECK(tree.find("/bin/app")->size == 5);
  CHECK(tree.find("bin/app")->mode == 0755);
  CHECK(tree.find("usr/share")->layer == TreeEntry::kImplicit);
  CHECK(tree.find("/")->type == EntryType::directory);
  CHECK_FALSE(tree.find("bin/other").has_value());
  CHECK_FALSE(tree.find("bin/app/x").has_value());
  CHECK(tree.names("usr/share") == std::vector<std::string>{"doc"});
  CHECK(tree.names("bin/app").empty());
  CHECK(paths_of(Tree()).empty());
}

TEST_CASE("whiteouts hide lower layers only") {
  const std::vector<Item> lower = {make_file("d/a", "1"), make_file("d/b", "1"),
                                   make_file("e/f/g", "1"), make_file("h", "1")};
  CHECK(paths_of(tree_of({lower, {make_file(".wh.h", ""), make_file("d/.wh.a", "")}})) ==
        "d/ d/b e/ e/f/ e/f/g");
  CHECK(paths_of(tree_of({lower, {make_file("d/new", ""), make_file("d/.wh..wh..opq", "")}})) ==
        "d/ d/new e/ e/f/ e/f/g h");
  CHECK(paths_of(tree_of({lower, {make_file("e/f/new", ""), make_file(".wh.e", "")}})) ==
        "d/ d/a d/b e/ e/f/ e/f/new h");
  CHECK(paths_of(tree_of({lower, {make_file(".wh..wh..opq", ""), make_file("x", "")}})) == "x");
  CHECK(paths_of(tree_of({lower, {make_file(".wh.nothing", ""), make_file("n/o/.wh.t", "")}})) ==
        "d/ d/a d/b e/ e/f/ e/f/g h");
}

TEST_CASE("files and directories replace each other") {
  CHECK(paths_of(tree_of({{make_file("a/b", "")}, {make_file("a", "")}})) == "a");
  CHECK(paths_of(tree_of({{make_file("a", "")}, {make_directory("a")}})) == "a/");
  CHECK(paths_of(tree_of({{make_file("a/b", "")}, {make_directory("a")}})) == "a/ a/b");
  CHECK(paths_of(tree_of({{make_file("a/b", ""), make_symlink("l", "a")},
                          {make_directory("l")}})) == "a/ a/b l/");
  CHECK(error_of([] {
          (void)tree_of({{make_file("a", ""), make_file("a/b", "")}});
        }) == "entry \"a/b\": \"a\" is a file, not a directory");
}

TEST_CASE("symlinks are followed within the root") {
  const Tree tree =
      tree_of({{make_file("usr/lib/x", "12"), make_symlink("lib", "usr/lib"),
                make_symlink("abs", "/usr/lib/x"), make_symlink("up", "../../../usr"),
                make_symlink("usr/rel", "../lib/./x"), make_symlink("gone", "no/where"),
                make_symlink("loop", "loop2"), make_symlink("loop2", "loop")},
               {make_file("lib/y", "")}});
  CHECK(tree.find("lib/x")->size == 2);
  CHECK(tree.find("abs")->size == 2);
  CHECK(tree.find("up/lib/x")->size == 2);
  CHECK(tree.find("usr/rel")->size == 2);
  CHECK(tree.find("lib/../lib/y").has_value());
  CHECK(tree.find("lib", LastLink::keep)->type == EntryType::symlink);
  CHECK(tree.find("lib", LastLink::keep)->link_target == "usr/lib");
  CHECK_FALSE(tree.find("gone").has_value());
  CHECK_FALSE(tree.find("loop").has_value());
  CHECK(tree.find("loop", LastLink::keep).has_value());
  CHECK(tree.find("usr/lib/y").has_value());  // Written through the link.
  CHECK(tree.resolve("/lib/new/file") == "usr/lib/new/file");
  CHECK(tree.resolve("up/../..") == ".");
  CHECK(tree.resolve("lib", LastLink::keep) == "lib");
  CHECK(tree.resolve("gone/x") == "no/where/x");
  CHECK(error_of([&] { (void)tree.resolve("loop"); }) ==
        "path \"loop\" has more than 40 symbolic links on its way");
  CHECK(error_of([&] { (void)tree.resolve("usr/lib/x/y"); }) ==
        "path \"usr/lib/x/y\" leads through \"usr/lib/x\", which is not a directory");
}

TEST_CASE("hard links are the file they name") {
  const Tree tree = tree_of({{make_file("a", "123", 0755), make_hardlink("d/b", "a")}});
  CHECK(tree.find("d/b")->type == EntryType::file);
  CHECK(tree.find("d/b")->size == 3);
  CHECK(tree.find("d/b")->mode == 0755);
  CHECK(error_of([] { (void)tree_of({{make_hardlink("b", "nothing")}}); }) ==
        "entry \"b\": hard link to \"nothing\", which is not a file");
  CHECK(error_of([] {
          (void)tree_of({{make_directory("d"), make_hardlink("b", "d")}});
        }) == "entry \"b\": hard link to \"d\", which is not a file");
}

TEST_CASE("copies of a Tree do not see each other's changes") {
  const Tree base = tree_of({{make_file("d/a", "1"), make_file("e/f", "1")}});
  Tree one = base;
  Tree two = base;
  one.begin_layer();
  one.apply(make_file("d/b", "").entry);
  two.begin_layer();
  two.apply(make_file("d/.wh.a", "").entry);
  two.apply(make_file("e/f", "123").entry);
  const Tree three = one;
  one.apply(make_file("d/c", "").entry);
  CHECK(paths_of(base) == "d/ d/a e/ e/f");
  CHECK(paths_of(one) == "d/ d/a d/b d/c e/ e/f");
  CHECK(paths_of(two) == "d/ e/ e/f");
  CHECK(paths_of(three) == "d/ d/a d/b e/ e/f");
  CHECK(base.find("e/f")->size == 1);
  CHECK(two.find("e/f")->size == 3);
  CHECK(base.layer_count() == 1);
  CHECK(two.layer_count() == 2);
}

TEST_CASE("apply says where an entry lies") {
  Tree tree = tree_of({{make_directory("usr/lib"), make_symlink("lib", "/usr/lib")}});
  CHECK(tree.apply(make_file("lib/x", "").entry) == "usr/lib/x");
  CHECK(tree.apply(make_directory("a").entry) == "a");
  Entry root;
  root.path = ".";
  root.type = EntryType::directory;
  root.mode = 0700;
  CHECK(tree.apply(root) == ".");
  CHECK(tree.find("/")->mode == 0700);
}

TEST_CASE("apply_layer reads a stored layer") {
  test::MemoryStore store;
  const oci::Descriptor layer =
      test::put_layer(store, {make_directory("d"), make_file("d/a", "1")});
  Tree tree;
  TarReader reader(store, layer);
  tree.apply_layer(reader);
  CHECK(paths_of(tree) == "d/ d/a");
}

TEST_CASE("symlinks of many names are followed so many times, and no more") {
  Tree tree;
  tree.begin_layer();
  std::string target;
  for (int i = 0; i < 1000; ++i) target += "d/../";
  target += "d";
  (void)tree.apply(test::make_directory("d").entry);
  for (int i = 0; i < 39; ++i)
    (void)tree.apply(test::make_symlink(fmt::format("l{}", i),
                                        i == 0 ? target : fmt::format("l{}/../{}/.", i - 1, target))
                         .entry);
  // Each file beneath l38 takes some 80,000 steps.
  const auto fill = [&] {
    for (int i = 0; i < 100'000; ++i)
      (void)tree.apply(test::make_file(fmt::format("l38/{}", i), "").entry);
  };
  CHECK(test::error_of(fill).ends_with(
      "following the symbolic links of the layers takes more than the 20000000 steps allowed"));
}
