#include <fstream>
#include <vector>

#include "modulah_test/errors.h"
#include "modulah_test/paths.h"
#include "wasmtime_fixture.h"

using namespace modulah;
using namespace modulah::wasm;
using modulah::test::error_of;
using modulah::test::kind_of_error;
using modulah::wasm::test::is_wasmtime_here;
using modulah::wasm::test::kLibrary;
using modulah::wasm::test::Scratch;

namespace {

using Paths = std::vector<std::filesystem::path>;

std::string load_error(const Paths& paths) {
  return error_of([&] { (void)Engine::load(paths); });
}

}  // namespace

TEST_CASE("Engine::load names all the places where no library was") {
  const Paths paths = {"/nowhere/libwasmtime.so", "libwasmtime-that-is-not.so"};
  CHECK(load_error(paths) ==
        "no Wasmtime library found; looked for /nowhere/libwasmtime.so, "
        "libwasmtime-that-is-not.so");
  CHECK(kind_of_error([&] { (void)Engine::load(paths); }) == "not_found");
  CHECK(load_error({}) == "no Wasmtime library was given");
}

TEST_CASE("Engine::load refuses a file that is no library") {
  const Scratch scratch;
  const auto path = scratch.path / "libwasmtime.so";
  std::ofstream(path) << "text";
  CHECK(load_error({path}) == "Wasmtime library \"" + path.string() +
                                  "\" cannot be loaded: " + path.string() + ": file too short");
  CHECK(kind_of_error([&] { (void)Engine::load(Paths{path}); }) == "unsupported");
}

TEST_CASE("Engine::load refuses a library that is not Wasmtime") {
  CHECK(load_error({"libm.so.6"}) ==
        "\"libm.so.6\" is not a complete Wasmtime 48: the function wasm_config_new is missing");
}

TEST_CASE("a library of another version is refused before it is used") {
  const Paths paths = {modulah::test::build_directory() / "tests/unit/libfake_wasmtime.so"};
  const Engine engine = Engine::load(paths);
  const std::string empty("\0asm\1\0\0\0", 8);
  const std::string message = "\"" + paths[0].string() + "\" is Wasmtime 47, not 48";
  CHECK(error_of([&] { engine.validate(as_bytes(empty), "a.wasm"); }) == message);
  CHECK(error_of([&] { (void)engine.compile(as_bytes(empty), "a.wasm"); }) == message);
}

TEST_CASE("Engine::load takes the first library that is there") {
  if (!is_wasmtime_here()) return;
  const Paths paths = {"/nowhere/libwasmtime.so", kLibrary[0], "/nowhere/either.so"};
  const Engine engine = Engine::load(paths);
  CHECK(engine.library() == kLibrary[0]);
}
