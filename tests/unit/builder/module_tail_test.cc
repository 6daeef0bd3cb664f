// Large modules of which only a part is in memory.
#include "module_tail.h"

#include <filesystem>

#include "fixture.h"
#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "modulah_test/paths.h"
#include "modulah_test/skip.h"
#include "modulah_test/wasm_bytes.h"

using namespace modulah;
using namespace modulah::builder;

namespace {

constexpr std::string_view kUsual = "FROM scratch\nCOPY app.wasm /\nCMD [\"/app.wasm\"]\n";

/// Bytes that differ from one another.
std::string noise(std::size_t size) {
  std::string text(size, '\0');
  std::uint64_t state = size;
  for (char& c : text) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    c = static_cast<char>(state >> 56U);
  }
  return text;
}

std::string large_module() {
  return test::kCommand + test::custom(".debug_info", noise(900'000)) +
         test::custom(".debug_str", noise(300'001));
}

}  // namespace

TEST_CASE("only large tails are left out of memory") {
  const TempDir directory(std::filesystem::temp_directory_path());
  const auto tail_bytes = [&](const std::string& binary) {
    const auto path = directory.path() / "a.wasm";
    write_file(path, binary);
    const FileSource file(path);
    const wasm::CustomTail tail = find_large_tail(file, binary.size());
    return binary.size() - tail.offset;
  };
  CHECK(tail_bytes(large_module()) == large_module().size() - test::kCommand.size());
  CHECK(tail_bytes(test::kCommand + test::custom("name", noise(1'000))) == 0);
  CHECK(tail_bytes(test::kCommand + test::custom("name", noise(400'000))) == 0);
  CHECK(tail_bytes(test::kCommand) == 0);
  CHECK(tail_bytes(noise(1'000'000)) == 0);
}

TEST_CASE("a tail passes unchanged, in reads of any size") {
  const std::string binary = large_module();
  const TempDir directory(std::filesystem::temp_directory_path());
  write_file(directory.path() / "a.wasm", binary);
  const FileSource file(directory.path() / "a.wasm");
  const wasm::CustomTail tail = find_large_tail(file, binary.size());
  for (const std::size_t step : {std::size_t{1'000}, std::size_t{7}, binary.size()}) {
    SpanSource rest(std::string_view(binary).substr(static_cast<std::size_t>(tail.offset)));
    TailSource source(tail, rest, "a.wasm");
    std::string read;
    std::string buffer(step, '\0');
    while (const std::size_t count = source.read(std::as_writable_bytes(std::span(buffer))))
      read.append(buffer, 0, count);
    CHECK((read == binary.substr(static_cast<std::size_t>(tail.offset))));
  }
}

TEST_CASE("a tail whose sections are not those that were found is refused") {
  const std::string binary = large_module();
  const TempDir directory(std::filesystem::temp_directory_path());
  write_file(directory.path() / "a.wasm", binary);
  const FileSource file(directory.path() / "a.wasm");
  const wasm::CustomTail tail = find_large_tail(file, binary.size());
  REQUIRE(tail.sections.size() == 2);
  const auto begin = static_cast<std::size_t>(tail.offset);
  const auto second = static_cast<std::size_t>(tail.sections[1].section.offset);
  for (const std::size_t changed :
       {begin, begin + 1, begin + 5, second, second + tail.sections[1].header.size() - 1})
    for (const std::size_t step : {std::size_t{3}, std::size_t{262'144}}) {
      CAPTURE(changed, step);
      std::string other = binary;
      other[changed] ^= 1;
      SpanSource rest(std::string_view(other).substr(begin));
      TailSource source(tail, rest, "a.wasm");
      CHECK(test::error_of([&] {
              std::string buffer(step, '\0');
              while (source.read(std::as_writable_bytes(std::span(buffer))) != 0) continue;
            }) == "a.wasm was changed while the build was running");
    }
}

TEST_CASE("a module with a tail is in the image as it is in the context") {
  if (!test::has_wasmtime()) return;
  test::BuildFixture fixture;
  const std::string binary = large_module();
  fixture.file("app.wasm", binary);
  const BuildResult result = fixture.build(std::string(kUsual));
  REQUIRE(result.modules.size() == 1);
  CHECK(result.modules[0].source_size == binary.size());
  CHECK(result.modules[0].size == binary.size());
  store::LayoutStore store(fixture.store_root(), store::Access::read);
  layer::TarReader reader(store, fixture.manifest(result).layers.front());
  const auto entry = reader.next();
  REQUIRE(entry.has_value());
  CHECK(entry->path == "app.wasm");
  CHECK(entry->size == binary.size());
  std::string content(binary.size() + 1, '\0');
  std::size_t filled = 0;
  while (const std::size_t count =
             reader.read(std::as_writable_bytes(std::span(content)).subspan(filled)))
    filled += count;
  content.resize(filled);
  CHECK((content == binary));
}

TEST_CASE("a module that is broken before its tail ends the build with the place") {
  if (!test::has_wasmtime()) return;
  test::BuildFixture fixture;
  // The function's body is "drop" with nothing on the stack.
  fixture.file("app.wasm", test::kCommand.substr(0, 30) +
                               std::string("\x0a\x05\x01\x03\x00\x1a\x0b", 7) +
                               test::custom(".debug_info", noise(900'000)));
  CHECK(
      test::error_of([&] { (void)fixture.build(std::string(kUsual)); }) ==
      "Containerfile:2: app.wasm: byte 0x23: type mismatch: expected a type but nothing on stack");
  // And one that is cut off in it.
  fixture.file("app.wasm", large_module().substr(0, 1'000'000));
  CHECK(test::error_of([&] {
          (void)fixture.build(std::string(kUsual));
        }).starts_with("Containerfile:2: app.wasm: byte 0x"));
}
