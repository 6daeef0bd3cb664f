#include <fstream>
#include <iterator>

#include <sys/stat.h>

#include "modulah/base/hash.h"

#include "modulah_test/errors.h"
#include "wasmtime_fixture.h"

using namespace modulah;
using namespace modulah::wasm;
using modulah::test::error_of;
using modulah::wasm::test::binary_of;
using modulah::wasm::test::engine;
using modulah::wasm::test::is_wasmtime_here;
using modulah::wasm::test::Scratch;

namespace {

/// Compiles through a cache and counts how often the module's bytes were wanted.
struct Compiling {
  explicit Compiling(std::filesystem::path directory) : cache{std::move(directory), "abc123"} {}

  CompiledModule compile() {
    return engine().compile(
        cache,
        [this] {
          ++reads;
          return binary;
        },
        "a.wasm");
  }

  [[nodiscard]] std::filesystem::path file() const { return cache.directory / "abc123.wasmtime48"; }

  CodeCache cache;
  std::string binary =
      binary_of("(module (func (export \"_start\")) (memory (export \"memory\") 1))");
  int reads = 0;
};

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::filesystem::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

}  // namespace

TEST_CASE("code is compiled once, and then comes from the cache without reading the module") {
  if (!is_wasmtime_here()) return;
  const Scratch scratch;
  Compiling compiling(scratch.path / "new" / "code");
  const CompiledModule first = compiling.compile();
  CHECK_FALSE(first.is_from_cache());
  CHECK(compiling.reads == 1);
  const CompiledModule second = compiling.compile();
  CHECK(second.is_from_cache());
  CHECK(second.kind() == BinaryKind::module);
  CHECK(compiling.reads == 1);
  CHECK(engine().run(second, {.args = {"a"}}, "a.wasm").exit_status == 0);
}

TEST_CASE("the cache's directory and files are this user's alone") {
  if (!is_wasmtime_here()) return;
  const Scratch scratch;
  Compiling compiling(scratch.path / "code");
  (void)compiling.compile();
  struct stat status {};
  REQUIRE(stat(compiling.cache.directory.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0700);
  REQUIRE(stat(compiling.file().c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
}

TEST_CASE("a file that is not what it was is compiled anew and mended") {
  if (!is_wasmtime_here()) return;
  const Scratch scratch;
  Compiling compiling(scratch.path / "code");
  (void)compiling.compile();
  const std::string good = content_of(compiling.file());
  REQUIRE(good.size() > 1000);
  std::string flipped = good;
  flipped[900] = static_cast<char>(flipped[900] ^ 1);
  std::string other_version = good;
  other_version[8] = 47;
  for (const std::string& bad : {flipped, good.substr(0, 900), good.substr(0, 20), std::string(),
                                 good + "x", other_version}) {
    compiling.reads = 0;
    write(compiling.file(), bad);
    CHECK_FALSE(compiling.compile().is_from_cache());
    CHECK(compiling.reads == 1);
    CHECK(content_of(compiling.file()) == good);
  }
  CHECK(compiling.compile().is_from_cache());
}

TEST_CASE("code that Wasmtime refuses is compiled anew, though its hash is right") {
  if (!is_wasmtime_here()) return;
  const Scratch scratch;
  Compiling compiling(scratch.path / "code");
  (void)compiling.compile();
  std::string file = content_of(compiling.file());
  const std::size_t version = file.find(std::string("\0\00248", 4));
  REQUIRE(version != std::string::npos);
  file[version + 3] = '7';
  const Sha256Bytes hash = sha256(as_bytes(std::string_view(file).substr(64)));
  file.replace(24, hash.size(), reinterpret_cast<const char*>(hash.data()), hash.size());
  write(compiling.file(), file);
  CHECK_FALSE(compiling.compile().is_from_cache());
  CHECK(compiling.reads == 2);
}

TEST_CASE("a directory that others may write to is not used") {
  if (!is_wasmtime_here()) return;
  const Scratch scratch;
  Compiling compiling(scratch.path / "code");
  (void)compiling.compile();
  chmod(compiling.cache.directory.c_str(), 0777);
  CHECK_FALSE(compiling.compile().is_from_cache());
  chmod(compiling.cache.directory.c_str(), 0700);
  CHECK(compiling.compile().is_from_cache());
  chmod(compiling.file().c_str(), 0666);
  CHECK_FALSE(compiling.compile().is_from_cache());
}

TEST_CASE("a cache that cannot be made is no error") {
  if (!is_wasmtime_here()) return;
  const Scratch scratch;
  write(scratch.path / "file", "");
  Compiling compiling(scratch.path / "file" / "code");
  CHECK_FALSE(compiling.compile().is_from_cache());
}

TEST_CASE("code for an interruptible engine has a file of its own") {
  if (!is_wasmtime_here()) return;
  const Scratch scratch;
  Compiling compiling(scratch.path / "code");
  (void)compiling.compile();
  const auto compile = [&] {
    return engine(Interruption::epoch)
        .compile(
            compiling.cache, [&] { return compiling.binary; }, "a.wasm");
  };
  CHECK_FALSE(compile().is_from_cache());
  CHECK(compile().is_from_cache());
  CHECK(compiling.compile().is_from_cache());
}

TEST_CASE("a component's code is cached too") {
  if (!is_wasmtime_here()) return;
  const Scratch scratch;
  Compiling compiling(scratch.path / "code");
  compiling.binary = binary_of("(component)");
  (void)compiling.compile();
  const CompiledModule again = compiling.compile();
  CHECK(again.is_from_cache());
  CHECK(again.kind() == BinaryKind::component);
}

TEST_CASE("a key that is no plain file name is refused") {
  if (!is_wasmtime_here()) return;
  for (const char* key : {"", "../x", ".x", "A", "a/b"})
    CHECK(error_of([&] {
            (void)engine().compile(
                CodeCache{"/nowhere", key}, [] { return std::string(); }, "a");
          }) == "code cache key \"" + std::string(key) + "\" is not 1 to 200 of [0-9a-z._-]");
}
