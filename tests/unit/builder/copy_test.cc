// COPY and ADD: which files, where to, with which names, modes and owners.
#include <algorithm>
#include <filesystem>

#include <sys/stat.h>

#include "modulah/base/hash.h"
#include "modulah/image/layout_format.h"
#include "modulah/image/tar.h"
#include "modulah/layer/layer_writer.h"

#include "fixture.h"
#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using test::BuildFixture;
using Lines = std::vector<std::string>;

namespace fs = std::filesystem;

namespace {

/// The first layer of "FROM scratch" and one instruction, or the error's message.
Lines layer_of(BuildFixture& fixture, const std::string& instruction) {
  try {
    const auto result = fixture.build("FROM scratch\n" + instruction + "\n");
    return fixture.layer(result, 0);
  } catch (const Error& error) {
    return {"error: " + error.message()};
  }
}

/// All files below a directory, sorted.
Lines files_below(const fs::path& directory) {
  Lines files;
  for (const auto& file : fs::recursive_directory_iterator(directory))
    if (file.is_regular_file()) files.push_back(file.path().native());
  std::sort(files.begin(), files.end());
  return files;
}

/// a.txt, b.txt, dir/{one,sub/two}, dir/link -> one
void usual_files(const BuildFixture& fixture) {
  fixture.file("a.txt", "A");
  fixture.file("b.txt", "B", 0755);
  fixture.file("dir/one", "1");
  fixture.file("dir/sub/two", "2");
  fs::create_symlink("one", fixture.context() / "dir/link");
  fs::create_symlink("dir/one", fixture.context() / "link");
}

}  // namespace

TEST_CASE("COPY puts files where docker does") {
  BuildFixture fixture;
  usual_files(fixture);
  struct Case {
    const char* instruction;
    Lines layer;
  };
  const Case cases[] = {
      {"COPY a.txt /", {"file 644 0:0 a.txt \"A\""}},
      {"COPY a.txt /x", {"file 644 0:0 x \"A\""}},
      {"COPY a.txt /x/", {"directory 755 0:0 x", "file 644 0:0 x/a.txt \"A\""}},
      {"COPY /a.txt x/y", {"directory 755 0:0 x", "file 644 0:0 x/y \"A\""}},
      {"COPY ../../a.txt /", {"file 644 0:0 a.txt \"A\""}},
      {"COPY [\"a.txt\", \"b.txt\", \"/\"]",
       {"file 644 0:0 a.txt \"A\"", "file 755 0:0 b.txt \"B\""}},
      {"COPY *.txt /d/",
       {"directory 755 0:0 d", "file 644 0:0 d/a.txt \"A\"", "file 755 0:0 d/b.txt \"B\""}},
      {"COPY d*r/o?e /", {"file 644 0:0 one \"1\""}},
      {"COPY link /x", {"file 644 0:0 x \"1\""}},
      {"COPY link /", {"file 644 0:0 link \"1\""}},
      {"COPY dir /d",
       {"directory 755 0:0 d", "symlink 777 0:0 d/link -> one", "file 644 0:0 d/one \"1\"",
        "directory 755 0:0 d/sub", "file 644 0:0 d/sub/two \"2\""}},
      {"COPY --chown=5:6 --chmod=640 a.txt /x/",
       {"directory 755 5:6 x", "file 640 5:6 x/a.txt \"A\""}},
      {"COPY --chmod=u=rwX,go= dir/sub /s", {"directory 755 0:0 s", "file 600 0:0 s/two \"2\""}},
      {"COPY --exclude=sub --exclude=l* dir /", {"file 644 0:0 one \"1\""}},
      {"COPY --parents dir/sub/two /x/",
       {"directory 755 0:0 x", "directory 755 0:0 x/dir", "directory 755 0:0 x/dir/sub",
        "file 644 0:0 x/dir/sub/two \"2\""}},
      {"COPY --parents dir/./sub/two /x/",
       {"directory 755 0:0 x", "directory 755 0:0 x/sub", "file 644 0:0 x/sub/two \"2\""}},
      {"COPY <<name /x/\nhello $PWD\nname",
       {"directory 755 0:0 x", "file 644 0:0 x/name \"hello \n\""}},
      {"COPY <<'name' /x\nhello $PWD\nname", {"file 644 0:0 x \"hello $PWD\n\""}},
  };
  for (const Case& c : cases) {
    INFO(c.instruction);
    CHECK(layer_of(fixture, c.instruction) == c.layer);
  }
}

TEST_CASE("COPY says what is wrong with a source or a destination") {
  BuildFixture fixture;
  usual_files(fixture);
  fs::create_symlink("/etc/passwd", fixture.context() / "outside");
  fs::create_symlink("../../../etc/passwd", fixture.context() / "above");
  fs::create_symlink("dir/../gone", fixture.context() / "broken");
  struct Case {
    const char* instruction;
    const char* message;
  };
  constexpr Case kCases[] = {
      {"COPY nothing /", "error: Containerfile:2:6: \"nothing\" is not in the build context"},
      {"COPY n* /", "error: Containerfile:2:6: nothing in the build context matches \"n*\""},
      {"COPY a.txt b.txt /x", "error: Containerfile:2:18: 2 sources cannot all be \"/x\""},
      {"COPY *.txt /x", "error: Containerfile:2:12: 2 sources cannot all be \"/x\""},
      {"COPY a.txt n* /x", "error: Containerfile:2:15: 2 sources cannot all be \"/x\""},
      {"COPY outside /", "error: Containerfile:2:6: path \"outside\" leads out of its root"},
      {"COPY above /", "error: Containerfile:2:6: path \"above\" leads out of its root"},
      {"COPY broken /",
       "error: Containerfile:2:6: \"broken\" is a symlink to \"gone\", which is not in the build "
       "context"},
      {"COPY br* /",
       "error: Containerfile:2:6: \"broken\" is a symlink to \"gone\", which is not in the build "
       "context"},
      {"COPY a.txt $UNSET", "error: Containerfile:2:12: the destination is empty"},
  };
  for (const Case& c : kCases) {
    INFO(c.instruction);
    CHECK(layer_of(fixture, c.instruction) == Lines{c.message});
  }
}

TEST_CASE("a source that is empty is the context") {
  BuildFixture fixture;
  fixture.file("a", "A");
  fixture.file("b", "B");
  const Lines all = {"directory 755 0:0 x", "file 644 0:0 x/a \"A\"", "file 644 0:0 x/b \"B\""};
  CHECK(layer_of(fixture, "COPY $UNSET /x") == all);
  CHECK(layer_of(fixture, "COPY [\"\", \"/x\"]") == all);
}

TEST_CASE("ADD unpacks each archive that a wildcard finds") {
  BuildFixture fixture;
  for (const char* name : {"a", "b"}) {
    test::ArchiveText archive;
    archive.file(name, name);
    fixture.file(std::string(name) + ".tar", archive.text());
  }
  const Lines both = {"directory 755 0:0 x", "file 644 0:0 x/a \"a\"", "file 644 0:0 x/b \"b\""};
  CHECK(layer_of(fixture, "ADD *.tar /x") == both);
  CHECK(layer_of(fixture, "ADD a.tar b.tar /x/") == both);
  CHECK(layer_of(fixture, "ADD a.tar b.tar /x") ==
        Lines{"error: Containerfile:2:17: 2 sources cannot all be \"/x\""});
  fixture.file("c.tar", "not an archive");
  CHECK(layer_of(fixture, "ADD *.tar /x") ==
        Lines{"error: Containerfile:2:11: 3 sources cannot all be \"/x\""});
}

TEST_CASE("a URL that a variable holds is a URL") {
  BuildFixture fixture;
  CHECK(test::error_of([&] {
          (void)fixture.build("FROM scratch\nARG U=https://example.invalid/x\nADD $U /\n");
        }) ==
        "Containerfile:3:5: adding from a URL is not supported yet: https://example.invalid/x");
}

TEST_CASE("a wildcard for directories passes by symlinks that lead nowhere") {
  BuildFixture fixture;
  fixture.file("dir/one", "1");
  fs::create_symlink("loop", fixture.context() / "loop");
  fs::create_symlink("..", fixture.context() / "out");
  fs::create_symlink("gone", fixture.context() / "broken");
  CHECK(layer_of(fixture, "COPY */one /") == Lines{"file 644 0:0 one \"1\""});
  CHECK(layer_of(fixture, "COPY */o* /") == Lines{"file 644 0:0 one \"1\""});
  CHECK(layer_of(fixture, "COPY loop/o* /") ==
        Lines{"error: Containerfile:2:6: open loop: too many levels of symbolic links"});
}

TEST_CASE("COPY respects what earlier layers have") {
  BuildFixture fixture;
  usual_files(fixture);
  const auto result = fixture.build("FROM scratch\nCOPY dir /d\nCOPY a.txt /d\n");
  CHECK(fixture.layer(result, 1) == Lines{"file 644 0:0 d/a.txt \"A\""});
  const std::string message =
      test::error_of([&] { (void)fixture.build("FROM scratch\nCOPY a.txt /d\nCOPY dir /d\n"); });
  CHECK(message == "Containerfile:3:6: \"/d\" is a file in the image, not a directory");
}

TEST_CASE("a backslash in a source is of its name, or makes a wildcard's character plain") {
  BuildFixture fixture;
  fixture.file("back\\slash/x", "1");
  fixture.file("st*r", "2");
  struct Case {
    const char* instruction;
    Lines layer;
  };
  const Case cases[] = {
      {R"(COPY back\\slash/x /)", {"file 644 0:0 x \"1\""}},
      {R"(COPY back\\slash/* /)", {"file 644 0:0 x \"1\""}},
      {R"(COPY st\\*r /x)", {"file 644 0:0 x \"2\""}},
      {R"(COPY st[*]r /x)", {"file 644 0:0 x \"2\""}},
      {R"(COPY st*r st\\?r /x/)",
       {R"(error: Containerfile:2:11: "st\?r" is not in the build context)"}},
  };
  for (const Case& c : cases) {
    INFO(c.instruction);
    CHECK(layer_of(fixture, c.instruction) == c.layer);
  }
}

TEST_CASE("what is ignored is not there for symlinks that lead to it") {
  BuildFixture fixture;
  usual_files(fixture);
  fs::create_symlink("dir", fixture.context() / "way");
  fs::create_symlink("way/sub", fixture.context() / "deep");
  struct Case {
    const char* ignore;
    const char* instruction;
    Lines layer;
  };
  const Case cases[] = {
      {"dir/one",
       "COPY link /x",
       {"error: Containerfile:2:6: \"link\" is a symlink to \"dir/one\", which is excluded by the "
        "ignore file"}},
      {"dir",
       "COPY way /x",
       {"error: Containerfile:2:6: \"way\" is a symlink to \"dir\", which is excluded by the "
        "ignore file"}},
      {"dir/one",
       "COPY way/one /x",
       {"error: Containerfile:2:6: \"way/one\" is a symlink to \"dir/one\", which is excluded by "
        "the ignore file"}},
      {"link\ndir",
       "COPY link /x",
       {"error: Containerfile:2:6: \"link\" is excluded by the ignore file"}},
      {"dir/sub\ndir/link", "COPY way /x", {"directory 755 0:0 x", "file 644 0:0 x/one \"1\""}},
      {"dir\n!dir/sub",
       "COPY way /x",
       {"directory 755 0:0 x", "directory 755 0:0 x/sub", "file 644 0:0 x/sub/two \"2\""}},
      {"dir\n!dir/sub/*/no", "COPY a.txt di* /", {"file 644 0:0 a.txt \"A\""}},
      {"dir\n!dir/sub/*/no",
       "COPY a.txt dir /",
       {"error: Containerfile:2:12: \"dir\" is excluded by the ignore file"}},
      {"dir/one", "COPY deep /x", {"directory 755 0:0 x", "file 644 0:0 x/two \"2\""}},
  };
  for (const Case& c : cases) {
    INFO(c.ignore << ": " << c.instruction);
    builder::BuildRequest request =
        fixture.request(std::string("FROM scratch\n") + c.instruction + "\n");
    request.ignore = {".containerignore", c.ignore};
    Lines found;
    try {
      found = fixture.layer(fixture.build(request), 0);
    } catch (const Error& error) {
      found = {"error: " + error.message()};
    }
    CHECK(found == c.layer);
  }
}

TEST_CASE("ignored files are not there") {
  BuildFixture fixture;
  usual_files(fixture);
  builder::BuildRequest request = fixture.request("FROM scratch\nCOPY . /\n");
  request.ignore = {".containerignore", "*\n!a.txt\n!dir/sub\n"};
  CHECK(fixture.layer(fixture.build(request), 0) ==
        Lines{"file 644 0:0 a.txt \"A\"", "directory 755 0:0 dir", "directory 755 0:0 dir/sub",
              "file 644 0:0 dir/sub/two \"2\""});
  request.containerfile.text = "FROM scratch\nCOPY b.txt /\n";
  CHECK(test::error_of([&] { (void)fixture.build(request); }) ==
        "Containerfile:2:6: \"b.txt\" is excluded by the ignore file");
  request.containerfile.text = "FROM scratch\nCOPY dir /d\n";
  CHECK(fixture.layer(fixture.build(request), 0) ==
        Lines{"directory 755 0:0 d", "directory 755 0:0 d/sub", "file 644 0:0 d/sub/two \"2\""});
}

TEST_CASE("a socket or pipe in the context is an error that names it") {
  BuildFixture fixture;
  fixture.file("d/f", "x");
  REQUIRE(::mkfifo((fixture.context() / "d/pipe").c_str(), 0600) == 0);
  CHECK(layer_of(fixture, "COPY d /") ==
        Lines{"error: Containerfile:2:6: \"d/pipe\" is neither a file, a directory nor a symlink"});
}

TEST_CASE("ADD unpacks archives and copies the rest") {
  BuildFixture fixture;
  fixture.file("plain", "P");
  // An archive made of a build's own layer.
  fixture.file("src/app.wasm", test::kCommand);
  fixture.file("src/sub/x", "X", 0600);
  const auto made = fixture.build("FROM scratch\nCOPY --chown=7:8 src /in\n");
  store::LayoutStore store(fixture.store_root(), store::Access::read);
  fixture.file("a.tar.gz",
               read_file(fixture.store_root() / "blobs/sha256" /
                             std::string(made.images.front().layers.front().digest.hex()),
                         1 << 20));
  CHECK(layer_of(fixture, "ADD a.tar.gz plain /x/") ==
        Lines{"directory 755 0:0 x", "directory 755 7:8 x/in", "directory 755 7:8 x/in/sub",
              "file 644 0:0 x/plain \"P\"", "file 644 7:8 x/in/app.wasm \"<module of 36 bytes>\"",
              "file 600 7:8 x/in/sub/x \"X\""});
  CHECK(layer_of(fixture, "ADD --chown=1:1 a.tar.gz /").front() == "directory 755 1:1 in");
  CHECK(layer_of(fixture, "ADD --unpack=false a.tar.gz /x").size() == 1);
  const auto twice = fixture.build("FROM scratch\nADD a.tar.gz /\nCOPY plain /in/\n");
  CHECK(fixture.layer(twice, 1) == Lines{"file 644 0:0 in/plain \"P\""});
}

TEST_CASE("a hard link in an archive names the file where a symlink of the image has led it") {
  BuildFixture fixture;
  test::ArchiveText archive;
  archive.file("sub/f", "F");
  archive.hardlink("link", "sub/f");
  fixture.file("a.tar", archive.text());
  fs::create_directory(fixture.context() / "tree");
  fs::create_symlink("real/deep", fixture.context() / "tree/sub");
  const auto built = fixture.build("FROM scratch\nCOPY tree /x\nADD a.tar /x\n");
  CHECK(fixture.layer(built, 1) ==
        Lines{"directory 755 0:0 x/real", "directory 755 0:0 x/real/deep",
              "file 644 0:0 x/real/deep/f \"F\"", "hard link 644 0:0 x/link -> x/real/deep/f"});
}

TEST_CASE("ADD refuses an archive that is cut off, and leaves nothing of it in the store") {
  BuildFixture fixture;
  std::string noise;  // So long that the end of the archive is read when a blob has been begun.
  for (unsigned i = 0; i < 200'000; ++i)
    noise += to_hex(sha256(as_bytes(std::to_string(i)))) + "\n";
  fixture.file("src/noise", noise);
  const auto made = fixture.build("FROM scratch\nCOPY src /\n");
  const std::string whole = read_file(
      fixture.store_root() / image::blob_path(made.images.front().layers.front().digest), 1 << 24);
  const Lines before = files_below(fixture.store_root());
  fixture.file("cut.tar.gz", whole.substr(0, 30));
  // The words behind the name are libarchive's.
  CHECK(layer_of(fixture, "ADD cut.tar.gz /")
            .front()
            .starts_with("error: Containerfile:2:5: archive cut.tar.gz: gzip data is cut off or "
                         "damaged at its "
                         "beginning"));
  CHECK(files_below(fixture.store_root()) == before);
  fixture.file("cut.tar.gz", whole.substr(0, whole.size() - 9));
  CHECK(layer_of(fixture, "ADD cut.tar.gz /")
            .front()
            .starts_with("error: Containerfile:2: archive cut.tar.gz: after \"noise\": "));
  CHECK(files_below(fixture.store_root()) == before);
  CHECK(layer_of(fixture, "ADD --unpack=false cut.tar.gz /x").size() == 1);
  CHECK(layer_of(fixture, "COPY cut.tar.gz /x").size() == 1);
}
