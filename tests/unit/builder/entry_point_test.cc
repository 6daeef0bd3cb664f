// Builds whose entry point is not a module, and the check of the same Containerfile.
#include <algorithm>

#include "fixture.h"
#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using test::BuildFixture;
using Lines = std::vector<std::string>;

namespace {

struct Case {
  const char* command;  ///< The last line of the Containerfile.
  const char* place;
  const char* message;  ///< With the rule.
  const char* hint;
};

constexpr Case kCases[] = {
    {"CMD [\"/ap.wasm\"]", "3:5",
     "the entry point \"/ap.wasm\" is not in the image [EntryPointMissing]",
     "Did you mean \"/app.wasm\"?"},
    {"ENTRYPOINT [\"/app.wasm\", \"-v\"]\nENTRYPOINT [\"app\"]", "4:12",
     "the entry point \"app\" is not in the image [EntryPointMissing]",
     "Did you mean \"/app.wasm\"?"},
    {"CMD /app.wasm -v", "3:5",
     "the command \"/app.wasm -v\" is in shell form, and there is no shell in the image "
     "[ShellForm]",
     "Write it as a JSON list: CMD [\"/app.wasm\", \"-v\"]."},
    {"CMD [\"/data\"]", "3:5", "the entry point \"/data\" is a directory [EntryPointNotFile]",
     "Name the module in it."},
    {"CMD [\"/data/lfs.wasm\"]", "3:5",
     "the entry point \"/data/lfs.wasm\" is a Git LFS pointer, not a WebAssembly module "
     "[EntryPointNotModule]",
     "Run 'git lfs pull' to fetch the file that it points to."},
    {"CMD [\"/data/empty.wasm\"]", "3:5",
     "the entry point \"/data/empty.wasm\" is empty, not a WebAssembly module "
     "[EntryPointNotModule]",
     "Check the step that writes it: a compiler that stopped, a redirection, a download."},
    {"CMD [\"/data/text\"]", "3:5",
     "the entry point \"/data/text\" is not a WebAssembly module: it does not begin with "
     "\"\\0asm\" "
     "[EntryPointNotModule]",
     "Compile for wasm32-wasip1 and copy the .wasm file."},
};

void fill(const BuildFixture& fixture) {
  fixture.file("app.wasm", test::kCommand);
  fixture.file("data/lfs.wasm", "version https://git-lfs.github.com/spec/v1\n");
  fixture.file("data/empty.wasm", "");
  fixture.file("data/text", "hello");
}

std::string containerfile_of(const Case& c) {
  return std::string("FROM scratch\nCOPY --parents app.wasm data /\n") + c.command + "\n";
}

}  // namespace

TEST_CASE("a build ends with an error at the line that names what is not a module") {
  BuildFixture fixture;
  fill(fixture);
  // The second time the layer may come from the cache, which changes nothing.
  for (int i = 0; i < 2; ++i)
    for (const Case& c : kCases) {
      CAPTURE(c.command);
      try {
        (void)fixture.build(containerfile_of(c));
        FAIL("it was built");
      } catch (const Error& error) {
        CHECK(error.message() == std::string("Containerfile:") + c.place + ": " + c.message);
        CHECK(error.hint() == c.hint);
        CHECK_FALSE(error.excerpt().empty());
      }
    }
  store::LayoutStore store(fixture.store_root(), store::Access::read);
  CHECK(store.images().empty());
}

TEST_CASE("a check of the Containerfile says the same, and makes nothing") {
  BuildFixture fixture;
  fill(fixture);
  for (const Case& c : kCases) {
    CAPTURE(c.command);
    const std::string wanted = std::string("Containerfile:") + c.place + ": error: ";
    const Lines lines = fixture.check(containerfile_of(c));
    const auto is_said = [&](const std::string& line) {
      // ShellForm is said of the instruction.
      return line == wanted + c.message ||
             (line.starts_with("Containerfile:3") && line.ends_with("[ShellForm]"));
    };
    CHECK(std::any_of(lines.begin(), lines.end(), is_said));
  }
  CHECK_FALSE(std::filesystem::exists(fixture.store_root()));
}

TEST_CASE("what is to be run may be anything where the platform is not for Wasm") {
  BuildFixture fixture;
  fill(fixture);
  for (const Case& c : kCases) {
    CAPTURE(c.command);
    builder::BuildRequest request = fixture.request(containerfile_of(c));
    request.platforms = {{"linux", "amd64", "", "", {}}};
    CHECK_NOTHROW(fixture.build(request));
  }
}

TEST_CASE("a rule that the Containerfile skips does not end the build") {
  BuildFixture fixture;
  const std::string text = "FROM scratch\nCMD [\"/mounted.wasm\"]\n";
  CHECK(test::error_of([&] {
          (void)fixture.build(text);
        }).ends_with("\"/mounted.wasm\" is not in the image [EntryPointMissing]"));
  CHECK_NOTHROW(fixture.build("# check=skip=EntryPointMissing\n" + text));
  CHECK(fixture.check("# check=skip=EntryPointMissing\n" + text).empty());
}

TEST_CASE("an entry point that is a hard link out of an archive is looked at") {
  BuildFixture fixture;
  test::ArchiveText archive;
  archive.file("app.wasm", test::kCommand);
  archive.hardlink("run.wasm", "app.wasm");
  archive.file("text", "hello");
  archive.hardlink("more.wasm", "text");
  fixture.file("files.tar", archive.text());
  const std::string text = "FROM scratch\nADD files.tar /\nCMD [\"/%\"]\n";
  const auto with = [&](const char* name) {
    std::string changed = text;
    return changed.replace(changed.find('%'), 1, name);
  };
  const auto result = fixture.build(with("run.wasm"));
  CHECK(fixture.manifest(result).annotations.contains("module.wasm.image/variant"));
  CHECK(test::error_of([&] {
          (void)fixture.build(with("more.wasm"));
        }).ends_with("does not begin with \"\\0asm\" [EntryPointNotModule]"));
  // The same when the layer comes from the cache, where only the link is looked at first.
  bool is_cached = false;
  for (int i = 0; i < 1000 && !is_cached; ++i)
    is_cached = fixture.build(with("run.wasm")).steps_cached == 1;
  REQUIRE(is_cached);
  CHECK(test::error_of([&] {
          (void)fixture.build(with("more.wasm"));
        }).ends_with("does not begin with \"\\0asm\" [EntryPointNotModule]"));
}
