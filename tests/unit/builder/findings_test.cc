// What a build says about an image: of which platform, and when it is said again.
#include <algorithm>
#include <chrono>

#include "fixture.h"
#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using test::BuildFixture;
using Lines = std::vector<std::string>;

namespace {

const std::string kUsual = "FROM scratch\nCOPY app.wasm /\nCMD [\"/app.wasm\"]\n";
const oci::Platform kWasi{"wasi", "wasm", "", "", {}};
const oci::Platform kAmd64{"linux", "amd64", "", "", {}};
const oci::Platform kArm64{"linux", "arm64", "", "", {}};

/// A module that is not a command: exports nothing.
const std::string kLibrary("\0asm\1\0\0\0", 8);

/// Makes a file look as if it had been written long ago: what was changed just now is not cached.
void make_old(const BuildFixture& fixture, const char* name) {
  std::filesystem::last_write_time(
      fixture.context() / name,
      std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
}

/// Builds until all layers come from the cache; fails when that does not happen soon.
void build_until_cached(BuildFixture& fixture, const builder::BuildRequest& request,
                        unsigned layers) {
  for (int i = 0; i < 1000; ++i)
    if (fixture.build(request).steps_cached == layers) return;
  FAIL("the layers are never cached");
}

bool mentions(const Lines& lines, std::string_view text) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(text) != std::string::npos; });
}

}  // namespace

TEST_CASE("findings of an earlier build with other annotations are not said again") {
  BuildFixture fixture;
  fixture.file("app.wasm", test::kCommand);
  builder::BuildRequest request = fixture.request(kUsual);
  request.format = oci::Format::docker;
  builder::BuildRequest annotated = request;
  annotated.annotations = {{"a", "b"}};
  const auto is_warned = [&](const builder::BuildRequest& wanted) {
    return mentions(BuildFixture::lines_of(fixture.build(wanted).findings), "[AnnotationFormat]");
  };
  // The image is the same each time.
  CHECK(fixture.build(request).root == fixture.build(annotated).root);
  for (int i = 0; i < 2; ++i) {
    CHECK(is_warned(annotated));
    CHECK_FALSE(is_warned(request));
  }
}

TEST_CASE("each platform is judged by its own module, wherever its layer comes from") {
  BuildFixture fixture;
  fixture.file("amd64.wasm", kLibrary);
  fixture.file("arm64.wasm", test::kCommand);
  make_old(fixture, "arm64.wasm");
  const std::string text =
      "FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH.wasm /app.wasm\nCMD [\"/app.wasm\"]\n";
  builder::BuildRequest arm64 = fixture.request(text);
  arm64.platforms = {kArm64};
  build_until_cached(fixture, arm64, 1);
  // amd64's layer is made now, arm64's comes from the cache; its findings are looked for again.
  std::filesystem::remove_all(fixture.store_root() / "cache/findings");
  builder::BuildRequest both = fixture.request(text);
  both.platforms = {kAmd64, kArm64};
  for (int i = 0; i < 2; ++i) {
    const Lines lines = BuildFixture::lines_of(fixture.build(both).findings);
    CHECK(mentions(lines, "(linux/amd64) [EntryPointNoStart]"));
    CHECK_FALSE(mentions(lines, "(linux/arm64) [EntryPointNoStart]"));
  }
  CHECK_FALSE(
      mentions(BuildFixture::lines_of(fixture.build(arm64).findings), "[EntryPointNoStart]"));
}

TEST_CASE("what holds for all platforms is said once, without a platform") {
  BuildFixture fixture;
  fixture.file("app.wasm", kLibrary);
  builder::BuildRequest request = fixture.request(kUsual);
  request.platforms = {kWasi, kAmd64};
  const Lines lines = BuildFixture::lines_of(fixture.build(request).findings);
  const auto count = std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
    return line.ends_with("[EntryPointNoStart]");
  });
  CHECK(count == 1);
  CHECK_FALSE(mentions(lines, ") [EntryPointNoStart]"));
}

TEST_CASE("files that runtimes cannot load are named when they are copied, also from the cache") {
  BuildFixture fixture;
  fixture.file("app.wasm", test::kCommand);
  fixture.file("data/tool",
               "\x7f"
               "ELF...");
  fixture.file("data/more",
               "\x7f"
               "ELF...");
  fixture.file("data/plugin.wasm", "version https://git-lfs.github.com/spec/v1\n");
  for (const char* name : {"app.wasm", "data/tool", "data/more", "data/plugin.wasm"})
    make_old(fixture, name);
  const std::string text = "FROM scratch\nCOPY app.wasm /\nCOPY data /data/\nCMD [\"/app.wasm\"]\n";
  const Lines wanted = {
      "Containerfile:3: warning: /data/more is a native program (ELF), which no Wasm runtime can "
      "run [NativeBinaryCopied]",
      "Containerfile:3: warning: /data/plugin.wasm is a Git LFS pointer, not a WebAssembly module "
      "[WasmFileNotModule]"};
  const auto warnings = [&](const builder::BuildRequest& request) {
    Lines lines = BuildFixture::lines_of(fixture.build(request).findings);
    std::erase_if(lines,
                  [](const std::string& line) { return line.starts_with("/app.wasm: note"); });
    return lines;
  };
  CHECK(warnings(fixture.request(text)) == wanted);
  build_until_cached(fixture, fixture.request(text), 2);
  CHECK(warnings(fixture.request(text)) == wanted);
  builder::BuildRequest native = fixture.request(text);
  native.platforms = {kAmd64};
  CHECK(warnings(native).empty());
}
