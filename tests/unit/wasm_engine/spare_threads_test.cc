// What happens where the system refuses threads: in a child process, which is refused them.
#include "modulah/base/hash.h"

#include "modulah_test/errors.h"
#include "modulah_test/no_threads.h"
#include "modulah_test/skip.h"
#include "wasmtime_fixture.h"

using namespace modulah;
using namespace modulah::wasm;
using modulah::wasm::test::binary_of;
using modulah::wasm::test::is_wasmtime_here;
using modulah::wasm::test::kLibrary;

namespace {

const std::string kModule = "(module (func (export \"_start\")) (memory (export \"memory\") 1))";

/// A copy of the library that another user may load: the build folder may be this user's alone.
class PublicLibrary {
 public:
  PublicLibrary() : paths{scratch_.path / "libwasmtime.so"} {
    std::filesystem::copy_file(kLibrary[0], paths[0]);
    std::filesystem::permissions(scratch_.path, std::filesystem::perms(0755));
  }

 private:
  wasm::test::Scratch scratch_;

 public:
  std::array<std::filesystem::path, 1> paths;
};

}  // namespace

TEST_CASE("without threads a module is validated and compiled on the caller's") {
  if (!is_wasmtime_here()) return;
  const std::string binary = binary_of(kModule);
  const PublicLibrary library;
  const int status = modulah::test::with_threads_left(0, [&] {
    const Engine engine = Engine::load(library.paths);
    engine.validate(as_bytes(binary), "a.wasm");
    if (modulah::test::error_of([&] { engine.validate(as_bytes("\0asm"), "b.wasm"); }) ==
        "(no error)")
      return 1;
    return engine.compile(as_bytes(binary), "a.wasm").kind() == BinaryKind::module ? 0 : 2;
  });
  CHECK(status == 0);
}

TEST_CASE("a guest is refused, and not begun, when there are no threads for it") {
  if (!is_wasmtime_here()) return;
  const std::string binary = binary_of(kModule);
  const PublicLibrary library;
  const int status = modulah::test::with_threads_left(0, [&] {
    const Engine engine = Engine::load(library.paths);
    const CompiledModule module = engine.compile(as_bytes(binary), "a.wasm");
    GuestOptions options;
    options.io_threads = 1;
    const std::string error =
        modulah::test::error_of([&] { (void)engine.run(module, options, "a.wasm"); });
    return error == "the system refuses the 3 threads that a guest needs" ? 0 : 1;
  });
  CHECK(status == 0);
}

TEST_CASE("code that was compiled without threads is run by the engine with threads for a guest") {
  if (!is_wasmtime_here()) return;
  if (geteuid() != 0) {
    modulah::test::skip("it takes root to be a user that has no other process");
    return;
  }
  const std::string binary = binary_of(kModule);
  const PublicLibrary library;
  // On one core compiling may take 1 + 3 threads: that is more than what is left.
  const int status = modulah::test::with_threads_left(3, [&] {
    const Engine engine = Engine::load(library.paths);
    setenv("TOKIO_WORKER_THREADS", "1", 1);
    GuestOptions options;
    options.io_threads = 1;
    return engine.run(engine.compile(as_bytes(binary), "a.wasm"), options, "a.wasm").exit_status;
  });
  CHECK(status == 0);
}
