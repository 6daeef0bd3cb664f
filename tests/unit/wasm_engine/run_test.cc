#include <fstream>

#include "modulah_test/errors.h"
#include "programs.h"
#include "wasmtime_fixture.h"

using namespace modulah;
using namespace modulah::wasm;
using namespace modulah::wasm::test;
using modulah::test::error_of;
using modulah::test::kind_of_error;

namespace {

GuestResult run(const std::string& text, GuestOptions options = {}) {
  if (options.args.empty()) options.args = {"app"};
  return engine().run(engine().compile(as_bytes(binary_of(text)), "app.wasm"), options, "app.wasm");
}

}  // namespace

TEST_CASE("the guest's exit status comes back unchanged") {
  if (!is_wasmtime_here()) return;
  for (const int status : {0, 1, 2, 42, 125, 126, 127, 128, 134, 200, 255}) {
    const GuestResult result = run(exits_with(status));
    CHECK(result.exit_status == status);
    CHECK_FALSE(result.trap);
  }
  // As of any process of the system, the low 8 bits.
  CHECK(run(exits_with(256)).exit_status == 0);
  CHECK(run(exits_with(259)).exit_status == 3);
  CHECK(run(exits_with(-1)).exit_status == 255);
  CHECK(run(program("")).exit_status == 0);
}

TEST_CASE("the guest gets exactly the arguments and variables it is given") {
  if (!is_wasmtime_here()) return;
  StringSink output;
  GuestOptions options;
  options.args = {"/app.wasm", "", "two words", "grüße"};
  options.environment = {"A=1", "B=x=y", "A=2", "C="};
  options.output = &output;
  CHECK(run(echoes(), options).exit_status == 0);
  using namespace std::string_literals;
  CHECK(output.text == "/app.wasm\0\0two words\0grüße\0A=2\0B=x=y\0C=\0"s);
}

TEST_CASE("arguments that WASI cannot take are refused with a word") {
  if (!is_wasmtime_here()) return;
  using namespace std::string_literals;
  CHECK(error_of([] { (void)run(program(""), {.args = {"a\xff"}}); }) ==
        "app.wasm: an argument is not UTF-8, which WASI requires");
  CHECK(error_of([] { (void)run(program(""), {.args = {"a\0b"s}}); }) ==
        "app.wasm: argument \"a\" contains a NUL character");
  CHECK(error_of([] { (void)run(program(""), {.args = {"a"}, .environment = {"X"}}); }) ==
        "app.wasm: variable \"X\" is not NAME=value");
}

TEST_CASE("standard input, output and error are the ones given") {
  if (!is_wasmtime_here()) return;
  StringSink output;
  StringSink error_output;
  GuestOptions options;
  options.input = "hello";
  options.output = &output;
  options.error_output = &error_output;
  CHECK(run(copies(), options).exit_status == 0);
  CHECK(output.text.empty());
  CHECK(error_output.text == "hello");
}

TEST_CASE("what a sink throws is thrown when the guest has ended") {
  if (!is_wasmtime_here()) return;
  struct Full : Sink {
    void write(std::span<const std::byte>) override {
      throw Error(ErrorKind::io, "the pipe is closed");
    }
  } full;
  GuestOptions options;
  options.output = &full;
  CHECK(error_of([&] { (void)run(echoes(), options); }) == "the pipe is closed");
}

TEST_CASE("a trap is 134, with its message and the functions it happened in") {
  if (!is_wasmtime_here()) return;
  const GuestResult result = run(
      "(module $app (func $inner (unreachable)) (func $main (export \"_start\") (call $inner)))");
  CHECK(result.exit_status == 134);
  REQUIRE(result.trap);
  CHECK(result.trap->cause == Trap::Cause::trap);
  CHECK(result.trap->text() ==
        "wasm trap: wasm `unreachable` instruction executed\n"
        "    at app!inner (byte 0x24)\n"
        "    at app!main (byte 0x28)");
}

TEST_CASE("a trap's functions have the names of their language") {
  if (!is_wasmtime_here()) return;
  const GuestResult result = run(
      "(module (func $_ZN3app5innerEi (unreachable)) (func $_RNvC7mycrate4main"
      " (call $_ZN3app5innerEi)) (func $_start (export \"_start\") (call $_RNvC7mycrate4main)))");
  REQUIRE(result.trap);
  CHECK(result.trap->frames.size() == 3);
  CHECK(result.trap->frames[0].starts_with("app::inner(int) (byte"));
  CHECK(result.trap->frames[1].starts_with("mycrate::main (byte"));
  CHECK(result.trap->frames[2].starts_with("_start (byte"));
}

TEST_CASE("of a long trace the middle is left out") {
  Trap trap;
  trap.message = "stack overflow";
  for (int i = 0; i < 41; ++i) trap.frames.push_back("f" + std::to_string(i));
  CHECK(trap.trace().find("…") == std::string::npos);
  trap.frames.emplace_back("f41");
  const std::string trace = trap.trace();
  CHECK(trace.find("    at f29\n    … 2 more\n    at f32\n") != std::string::npos);
  CHECK(trace.ends_with("    at f41"));
}

TEST_CASE("tables and memories are limited with the guest's memory") {
  if (!is_wasmtime_here()) return;
  // Ends with 1 when its table could not grow to `elements`.
  const auto grows = [](const std::string& elements) {
    return "(module " + kImports + "(table $t 1 funcref) (func (export \"_start\") (call $exit " +
           "(i32.eq (i32.const -1) (table.grow $t (ref.null func) (i32.const " + elements +
           "))))))";
  };
  GuestOptions options;
  options.max_memory_bytes = 64U << 20U;
  CHECK(run(grows("1000000"), options).exit_status == 0);
  CHECK(run(grows("1100000"), options).exit_status == 1);
  CHECK(run(grows("900000000"), options).exit_status == 1);
  // By default, too.
  CHECK(run(grows("9000000")).exit_status == 0);
  CHECK(run(grows("900000000")).exit_status == 1);
  std::string many = "(module (func (export \"_start\"))";
  for (int i = 0; i < 9; ++i) many += "(memory 1)";
  CHECK(error_of([&] {
          (void)run(many + ")", options);
        }).starts_with("app.wasm: cannot be instantiated: "));
}

TEST_CASE("a guest that waits in a system call is told of when its time is over") {
  if (!is_wasmtime_here()) return;
  // Sleeps for three seconds: the first subscription is a clock's.
  const std::string sleeps =
      "(module (import \"wasi_snapshot_preview1\" \"poll_oneoff\" (func $poll (param i32 i32 i32 "
      "i32) (result i32))) (memory (export \"memory\") 1) (func (export \"_start\") "
      "(i32.store (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const 3000000000)) "
      "(drop (call $poll (i32.const 0) (i32.const 512) (i32.const 1) (i32.const 1024)))))";
  int calls = 0;
  GuestOptions options{.args = {"a"}, .max_time = std::chrono::milliseconds(100)};
  options.on_stuck = [&] { ++calls; };
  const Engine& interruptible = engine(Interruption::epoch);
  const CompiledModule module = interruptible.compile(as_bytes(binary_of(sleeps)), "app.wasm");
  (void)interruptible.run(module, options, "app.wasm");
  CHECK(calls == 1);
}

TEST_CASE("a trap in the start section is the guest's, not an error") {
  if (!is_wasmtime_here()) return;
  const GuestResult result =
      run("(module $app (func $begin (unreachable)) (start $begin) (func (export \"_start\")))");
  CHECK(result.exit_status == 134);
  REQUIRE(result.trap);
  CHECK(result.trap->message == "wasm trap: wasm `unreachable` instruction executed");
}

TEST_CASE("a module that is no command is refused with a hint") {
  if (!is_wasmtime_here()) return;
  CHECK(error_of([] { (void)run("(module (func (export \"_initialize\")))"); }) ==
        "app.wasm: does not export the function _start");
  CHECK(kind_of_error([] { (void)run("(module)"); }) == "invalid");
  try {
    (void)run("(module (func (export \"_initialize\")))");
  } catch (const Error& error) {
    CHECK(error.hint().starts_with("It is a reactor, a library of functions."));
  }
  CHECK(error_of([] { (void)run("(module (memory (export \"_start\") 1))"); }) ==
        "app.wasm: its export _start is not a function");
}

TEST_CASE("a function can be named instead of _start") {
  if (!is_wasmtime_here()) return;
  const std::string text =
      "(module (import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32))) (memory "
      "(export \"memory\") 1) (func (export \"seven\") (call $exit (i32.const 7))))";
  CHECK(run(text, {.args = {"a"}, .function = "seven"}).exit_status == 7);
  CHECK(error_of([&] { (void)run(text, {.args = {"a"}, .function = "eight"}); }) ==
        "app.wasm: does not export the function eight");
}

TEST_CASE("an import that is not provided is named, with what could provide it") {
  if (!is_wasmtime_here()) return;
  struct Case {
    const char* module;
    const char* hint;
  };
  constexpr Case kCases[] = {
      {"env", "The linker left it undefined"},
      {"wasi_snapshot_preview1", "The function is not part of WASI preview 1"},
      {"wbg", "It was built for JavaScript with wasm-bindgen"},
      {"wasi_nn", "It requires an extension of WASI"},
      {"gojs", "It was built for JavaScript by Go"},
      {"wasi:io/streams@0.2.0", "It requires WASI 0.2"},
      {"foo", "A command can only import from WASI preview 1"},
  };
  for (const Case& c : kCases) {
    const std::string text = std::string("(module (import \"") + c.module +
                             "\" \"it\" (func)) (func (export \"_start\")))";
    try {
      (void)run(text);
      FAIL_CHECK("no error for " << c.module);
    } catch (const Error& error) {
      CHECK(error.message() == std::string("app.wasm: imports \"it\" from \"") + c.module +
                                   "\", which the embedded engine does not provide");
      CHECK(error.kind() == ErrorKind::invalid);
      CAPTURE(error.hint());
      CHECK(error.hint().starts_with(c.hint));
    }
  }
}

TEST_CASE("a read-only directory can be read and not written") {
  if (!is_wasmtime_here()) return;
  const Scratch scratch;
  std::ofstream(scratch.path / "file") << "text";
  GuestOptions options;
  options.directories = {{scratch.path, "/", Access::read_only}};
  CHECK(run(opens("file", 0, false), options).exit_status == kSuccess);
  CHECK(run(opens("none", 0, false), options).exit_status == kNoEntry);
  const int writing = run(opens("file", 0, true), options).exit_status;
  const int creating = run(opens("new", 1, true), options).exit_status;
  CHECK((writing == kReadOnly || writing == kNotPermitted));
  CHECK((creating == kReadOnly || creating == kNotPermitted));
  CHECK_FALSE(std::filesystem::exists(scratch.path / "new"));
}

TEST_CASE("a read-write directory can be written, and links do not lead out of it") {
  if (!is_wasmtime_here()) return;
  const Scratch scratch;
  const auto inside = scratch.path / "inside";
  std::filesystem::create_directory(inside);
  std::ofstream(scratch.path / "secret") << "text";
  std::filesystem::create_symlink("../secret", inside / "relative");
  std::filesystem::create_symlink(scratch.path / "secret", inside / "absolute");
  GuestOptions options;
  options.directories = {{inside, "/data", Access::read_write}};
  CHECK(run(opens("new", 1, true), options).exit_status == kSuccess);
  CHECK(std::filesystem::exists(inside / "new"));
  for (const char* path : {"relative", "absolute", "../secret"}) {
    CAPTURE(path);
    CHECK(run(opens(path, 0, false), options).exit_status == kNotPermitted);
  }
}

TEST_CASE("a directory that is not there or none is named") {
  if (!is_wasmtime_here()) return;
  const Scratch scratch;
  const auto path = scratch.path / "x";
  GuestOptions options;
  options.directories = {{path, "/data", Access::read_only}};
  CHECK(error_of([&] { (void)run(program(""), options); }) ==
        "app.wasm: directory \"" + path.string() +
            "\" for the guest's /data: no such file or directory");
  std::ofstream(path) << "text";
  CHECK(error_of([&] { (void)run(program(""), options); }) ==
        "app.wasm: directory \"" + path.string() + "\" for the guest's /data: not a directory");
}

TEST_CASE("memory beyond the limit cannot be had") {
  if (!is_wasmtime_here()) return;
  // memory.grow gives -1; as an exit status, the guest says 1 for that.
  const std::string grows =
      program("(call $exit (i32.eq (memory.grow (i32.const 100)) (i32.const -1)))");
  GuestOptions options;
  CHECK(run(grows, options).exit_status == 0);
  options.max_memory_bytes = 1 << 20;
  CHECK(run(grows, options).exit_status == 1);
  options.max_memory_bytes = 1 << 10;
  CHECK(error_of([&] { (void)run(grows, options); }) ==
        "app.wasm: cannot be instantiated: memory minimum size of 1 pages exceeds memory limits");
}

TEST_CASE("a guest whose time is over is stopped with 124") {
  if (!is_wasmtime_here()) return;
  const Engine& watched = engine(Interruption::epoch);
  const std::string binary = binary_of(program("(loop $again (br $again))"));
  const CompiledModule module = watched.compile(as_bytes(binary), "app.wasm");
  GuestOptions options;
  options.max_time = std::chrono::milliseconds(20);
  const GuestResult result = watched.run(module, options, "app.wasm");
  CHECK(result.exit_status == 124);
  REQUIRE(result.trap);
  CHECK(result.trap->cause == Trap::Cause::timeout);
  CHECK(result.trap->text() == "timed out after 20 ms");

  std::stop_source source;
  source.request_stop();
  const GuestResult stopped = watched.run(module, {.stop = source.get_token()}, "app.wasm");
  CHECK(stopped.exit_status == 130);
  REQUIRE(stopped.trap);
  CHECK(stopped.trap->text() == "stopped as asked");
}

TEST_CASE("a limit on time needs an engine that can be interrupted") {
  if (!is_wasmtime_here()) return;
  GuestOptions options;
  options.max_time = std::chrono::milliseconds(20);
  CHECK(error_of([&] { (void)run(program(""), options); }) ==
        "a guest can only be stopped by an engine with Interruption::epoch");
}

TEST_CASE("a component's wasi:cli/run is run") {
  if (!is_wasmtime_here()) return;
  CHECK(run(component_command("i32.const 0")).exit_status == 0);
  CHECK(run(component_command("i32.const 1")).exit_status == 1);
  CHECK(run(component_command("(call $exit (i32.const 0)) i32.const 1")).exit_status == 0);
  CHECK(run(component_command("(call $exit (i32.const 1)) i32.const 0")).exit_status == 1);
  const GuestResult trapped = run(component_command("unreachable"));
  CHECK(trapped.exit_status == 134);
  REQUIRE(trapped.trap);
  CHECK(trapped.trap->message == "wasm trap: wasm `unreachable` instruction executed");
}

TEST_CASE("a component that is not a command says what it is") {
  if (!is_wasmtime_here()) return;
  CHECK(error_of([] { (void)run("(component)"); }) ==
        "app.wasm: is a component that does not export wasi:cli/run@0.2.x, so it is not a command");
  CHECK(error_of([] {
          (void)run(component_command("i32.const 0"), {.args = {"a"}, .function = "f"});
        }) == "app.wasm: is a component; only its wasi:cli/run can be run");
  CHECK(error_of([] {
          (void)run(
              "(component (import \"other:thing/x\" (instance (export \"f\" (func)))) (instance "
              "(export "
              "\"wasi:cli/run@0.2.0\")))");
        }) ==
        "app.wasm: cannot be instantiated: component imports instance `other:thing/x`, but a "
        "matching implementation was not found in the linker: instance export `f` has the wrong "
        "type: function implementation is missing");
}
