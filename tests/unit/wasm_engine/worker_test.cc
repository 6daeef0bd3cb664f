// Compiling in a process of its own: the same code and errors, and an end for what takes too much.
#include <chrono>
#include <optional>
#include <string>

#include "modulah/wasm/compile_worker.h"

#include "modulah_test/errors.h"
#include "modulah_test/sanitizer.h"
#include "modulah_test/skip.h"
#include "programs.h"
#include "wasmtime_fixture.h"

using namespace modulah;
using namespace modulah::wasm;
using namespace modulah::wasm::test;
using modulah::test::error_of;
using modulah::test::kind_of_error;

namespace {

CompileWorker worker() {
  CompileWorker worker;
  worker.command = {(modulah::test::build_directory() / "bin/compile_worker").string()};
  return worker;
}

Engine engine_with(CompileWorker with, Interruption interruption = Interruption::none) {
  (void)engine();  // Its signal handlers.
  Engine made = Engine::load(kLibrary, interruption);
  made.compile_in(std::move(with));
  return made;
}

/// `count` nested loops in which 1,000 variables change: time and memory grow with count * 1,000.
std::string bomb(int count) {
  std::string text = "(module (func (param i32)";
  for (int i = 0; i < 1'000; ++i) text += " (local i32)";
  for (int i = 0; i < count; ++i) text += " loop";
  for (int i = 1; i <= 1'000; ++i) {
    const std::string n = std::to_string(i);
    text += " (local.set " + n + " (i32.add (local.get " + n + ") (i32.const 1)))";
  }
  for (int i = 0; i < count; ++i) text += " local.get 0 br_if 0 end";
  return binary_of(text + ") (func (export \"_start\")))");
}

/// The CompileLimitError that `action` throws; nothing when it is another, or none.
template <typename Action>
std::optional<CompileLimitError> limit_error_of(const Action& action) {
  try {
    action();
  } catch (const CompileLimitError& error) {
    return error;
  } catch (const Error&) {
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("what the worker compiled runs, and is kept in the cache") {
  if (!is_wasmtime_here()) return;
  const Scratch scratch;
  const CodeCache cache{scratch.path / "code", "key"};
  for (const Interruption interruption : {Interruption::none, Interruption::epoch}) {
    const Engine made = engine_with(worker(), interruption);
    int reads = 0;
    const auto compile = [&] {
      return made.compile(
          cache,
          [&] {
            ++reads;
            return binary_of(exits_with(7));
          },
          "a.wasm");
    };
    const CompiledModule first = compile();
    CHECK_FALSE(first.is_from_cache());
    CHECK(made.run(first, {.args = {"a"}}, "a.wasm").exit_status == 7);
    // No worker is needed any more.
    const Engine without = [&] {
      CompileWorker gone;
      gone.command = {"/nowhere/worker"};
      return engine_with(gone, interruption);
    }();
    CHECK(without
              .compile(
                  cache, [] { return std::string(); }, "a.wasm")
              .is_from_cache());
    CHECK(reads == 1);
  }
}

TEST_CASE("a component is compiled and validated by the worker, too") {
  if (!is_wasmtime_here()) return;
  const Engine made = engine_with(worker());
  const std::string component = binary_of(component_command("(i32.const 0)"));
  made.validate(as_bytes(component), "a.wasm");
  const CompiledModule module = made.compile(as_bytes(component), "a.wasm");
  CHECK(module.kind() == BinaryKind::component);
  CHECK(made.run(module, {.args = {"a"}}, "a.wasm").exit_status == 0);
  const std::string cut = component.substr(0, component.size() - 5);
  CHECK(kind_of_error([&] { made.validate(as_bytes(cut), "a.wasm"); }) == "invalid");
  CHECK(error_of([&] { made.validate(as_bytes(cut), "a.wasm"); }) ==
        error_of([&] { engine().validate(as_bytes(cut), "a.wasm"); }));
}

TEST_CASE("the worker's errors are those of compiling here") {
  if (!is_wasmtime_here()) return;
  const Engine made = engine_with(worker());
  const std::string bytes("\0asm\1\0\0\0\1\5", 10);
  const auto there = [&] { (void)made.compile(as_bytes(bytes), "a.wasm"); };
  const auto here = [&] { (void)engine().compile(as_bytes(bytes), "a.wasm"); };
  CHECK(error_of(there) == error_of(here));
  CHECK(kind_of_error(there) == "invalid");
}

TEST_CASE("a module that takes too long to compile is given up") {
  if (!is_wasmtime_here()) return;
  CompileWorker with = worker();
  with.max_time = std::chrono::milliseconds(300);
  const Engine made = engine_with(with);
  const std::string bytes = bomb(2'000);
  const auto error = limit_error_of([&] { (void)made.compile(as_bytes(bytes), "a.wasm"); });
  REQUIRE(error);
  CHECK(error->limit() == CompileLimitError::Limit::time);
  CHECK(error->kind() == ErrorKind::unsupported);
  CHECK(error->message() == "a.wasm: takes longer than 0.3 s to compile");
}

TEST_CASE("a module that takes too much memory to compile is given up") {
  if (!is_wasmtime_here()) return;
  if (modulah::test::kIsSanitized) {
    modulah::test::skip("a worker with a sanitizer has no limit on memory");
    return;
  }
  CompileWorker with = worker();
  with.max_memory_bytes = 256U << 20U;
  const Engine made = engine_with(with);
  const std::string bytes = bomb(2'000);
  const auto error = limit_error_of([&] { (void)made.compile(as_bytes(bytes), "a.wasm"); });
  REQUIRE(error);
  CHECK(error->limit() == CompileLimitError::Limit::memory);
  CHECK(error->message() == "a.wasm: takes more than 256 MiB of memory to compile");
  // That of an honest module is enough.
  CHECK(made.run(made.compile(as_bytes(binary_of(exits_with(3))), "a.wasm"), {.args = {"a"}},
                 "a.wasm")
            .exit_status == 3);
}

TEST_CASE("a large module is validated by the worker, and given up when it takes too long") {
  if (!is_wasmtime_here()) return;
  CompileWorker with = worker();
  // An honest module with 9 MiB of data.
  const std::string large = binary_of("(module (memory 200) (data (i32.const 0) \"" +
                                      std::string(9U << 20U, 'x') + "\"))");
  engine_with(with).validate(as_bytes(large), "a.wasm");
  with.max_time = std::chrono::milliseconds(1);
  const auto error = limit_error_of([&] { engine_with(with).validate(as_bytes(large), "a.wasm"); });
  REQUIRE(error);
  CHECK(error->message() == "a.wasm: takes longer than 0.001 s to validate");
  // A small one is not, which is quicker.
  with.command = {"/nowhere/worker"};
  engine_with(with).validate(as_bytes(binary_of("(module)")), "a.wasm");
}

TEST_CASE("compiling stops when it is asked to") {
  if (!is_wasmtime_here()) return;
  std::stop_source stop;
  CompileWorker with = worker();
  with.stop = stop.get_token();
  const Engine made = engine_with(with);
  stop.request_stop();
  CHECK(kind_of_error([&] { (void)made.compile(as_bytes(bomb(2'000)), "a.wasm"); }) == "cancelled");
}

TEST_CASE("a worker that ends otherwise is told") {
  if (!is_wasmtime_here()) return;
  const Scratch scratch;
  scratch.write_program("killed", "echo first >&2; echo 'it broke' >&2; kill -SEGV $$\n");
  scratch.write_program("silent", "exit 0\n");
  CompileWorker with;
  with.command = {(scratch.path / "killed").string()};
  const std::string bytes = binary_of(exits_with(0));
  CHECK(error_of([&] { (void)engine_with(with).compile(as_bytes(bytes), "a.wasm"); }) ==
        "a.wasm: the compiler ended with signal 11: it broke");
  with.command = {(scratch.path / "silent").string()};
  CHECK(error_of([&] { (void)engine_with(with).compile(as_bytes(bytes), "a.wasm"); }) ==
        "message between modulah and its compile worker: cut off");
}
