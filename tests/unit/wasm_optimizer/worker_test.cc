// Whatever happens to the worker becomes an Error with a helpful message. A fake Binaryen makes
// each case happen.
#include <thread>

#include "modulah_test/paths.h"
#include "modulah_test/wasm_bytes.h"
#include "setup.h"

using namespace modulah;
using namespace modulah::wasm;
using namespace modulah::test;
using modulah::wasm::test::fake_setup;
using modulah::wasm::test::setup;

namespace {

/// A command that makes the fake Binaryen do something.
std::string module_that(std::string_view what) {
  return command_module() + custom("what", "do:" + std::string(what));
}

Error failure_of(std::string_view what, const OptimizerSetup& how = fake_setup()) {
  try {
    (void)optimize(as_bytes(module_that(what)), "a.wasm", {}, how);
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::io, "(no error)");
}

constexpr const char* kOtherWay =
    "Build without optimizing, or install a newer version of the package binaryen.";
constexpr const char* kMoreTime =
    "Allow more time, choose a lower level, or build without optimizing.";
constexpr const char* kMoreMemory =
    "Allow more memory, choose a lower level, or build without optimizing.";

}  // namespace

TEST_CASE("each way the worker can end has its message and hint") {
  struct Case {
    const char* what;
    ErrorKind kind;
    const char* message;
    const char* hint;
  };
  const Case cases[] = {
      {"abort", ErrorKind::unsupported,
       "a.wasm: Binaryen was killed by signal 6: fake: Assertion failed.", kOtherWay},
      {"exit", ErrorKind::unsupported,
       "a.wasm: Binaryen cannot read it: Fatal: [parse exception: bad section]", kOtherWay},
      {"memory", ErrorKind::unsupported, "a.wasm: optimizing it takes more than 8.59 GB of memory",
       kMoreMemory},
      {"invalid", ErrorKind::invalid,
       "a.wasm: not valid: [wasm-validator error in function 0] it is wrong", ""},
      {"break", ErrorKind::unsupported,
       "a.wasm: Binaryen 777 produced an invalid module: [wasm-validator error in function 0] it "
       "is "
       "wrong",
       kOtherWay},
      {"truncate", ErrorKind::unsupported,
       "output of Binaryen for a.wasm: byte 0x5e: custom section of 16 bytes, but only 13 remain",
       kOtherWay},
      {"empty", ErrorKind::unsupported, "a.wasm: Binaryen 777 changed its exports", kOtherWay},
  };
  for (const Case& c : cases) {
    OptimizerSetup how = fake_setup();
    how.max_memory_bytes = 8ULL << 30U;
    const Error error = failure_of(c.what, how);
    CHECK(error.message() == c.message);
    CHECK(error.hint() == c.hint);
    CHECK(error.kind() == c.kind);
  }
}

TEST_CASE("a worker that hangs is killed at its time limit, or when asked") {
  OptimizerSetup how = fake_setup();
  how.max_time = std::chrono::milliseconds(200);
  const Error late = failure_of("hang", how);
  CHECK(late.message() == "a.wasm: optimizing it takes longer than 0.2 s");
  CHECK(late.hint() == kMoreTime);
  CHECK(late.kind() == ErrorKind::unsupported);

  std::stop_source stop;
  how.max_time = std::chrono::seconds(60);
  how.stop = stop.get_token();
  std::jthread asking([&] { stop.request_stop(); });
  CHECK(failure_of("hang", how).kind() == ErrorKind::cancelled);
}

TEST_CASE("what Binaryen prints does not get into the module") {
  const OptimizeResult result =
      optimize(as_bytes(module_that("print")), "a.wasm", {}, fake_setup());
  CHECK(as_text(result.bytes) == module_that("print"));
  CHECK(result.diagnostics == "a word on standard output\n");
}

TEST_CASE("a library that is not there, or not Binaryen, is named") {
  OptimizerSetup how = setup();
  how.libraries = {"/nowhere/libbinaryen.so", "libbinaryen-nowhere.so"};
  try {
    (void)find_binaryen(how);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::not_found);
    CHECK(error.message() ==
          "Binaryen's library is not there; looked for /nowhere/libbinaryen.so, "
          "libbinaryen-nowhere.so");
    CHECK(error.hint() == "Install the package binaryen, or build without optimising.");
  }
  const std::string library =
      (modulah::test::build_directory() / "tests/unit/libno_binaryen.so").native();
  how.libraries = {library};
  CHECK(error_of([&] { (void)find_binaryen(how); }) ==
        "\"" + library + "\" is not Binaryen, or older than version 108");
  how.worker = {"/nowhere/modulah"};
  CHECK(error_of([&] { (void)find_binaryen(how); }) ==
        "start the Binaryen worker: run /nowhere/modulah: no such file or directory");
}

TEST_CASE("a feature that this Binaryen does not know is named before it reads the module") {
  const std::string module = module_with_code(
      bytes({0xFD, 12, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0x1A}));
  CHECK(error_of([&] { (void)optimize(as_bytes(module), "a.wasm", {}, fake_setup()); }) ==
        "a.wasm: Binaryen 777 does not support features that it uses: simd128");
}

TEST_CASE("what the worker can do nothing with does not get there") {
  OptimizerSetup how = fake_setup();
  how.worker = {"/nowhere/modulah"};
  const auto error = [&](const std::string& binary) {
    return error_of([&] { (void)optimize(as_bytes(binary), "a.wasm", {}, how); });
  };
  CHECK(error(component_of({})) == "a.wasm: it is a component, and Binaryen supports only modules");
  CHECK(error(module_of({custom("linking", "")})) ==
        "a.wasm: it is an object file, which could not be linked after optimizing");
  CHECK(error("\177ELF") ==
        "a.wasm: byte 0x0: not WebAssembly: begins with 7f 45 4c 46, not 00 61 73 6d");
  CHECK(error(module_of({section(99, "")})) == "a.wasm: byte 0x8: unknown section 99");
  how.max_module_bytes = 10;
  CHECK(error(command_module()) == "a.wasm: 92 bytes, more than the 10 allowed");
}

TEST_CASE("sections that would be wrong afterwards, or that are not wanted, are dropped") {
  const std::string kept = command_module();
  const auto result_of = [&](const std::string& name, const OptimizeOptions& options) {
    const std::string module = module_of({custom(name, "x")}) + kept.substr(8);
    const auto made = optimize(as_bytes(module), "a.wasm", options, fake_setup()).bytes;
    return as_text(made) == module ? "kept" : as_text(made) == kept ? "dropped" : "changed";
  };
  const OptimizeOptions usual;
  CHECK(result_of(".debug_info", usual) == std::string("dropped"));
  CHECK(result_of("sourceMappingURL", usual) == std::string("dropped"));
  CHECK(result_of("metadata.code.branch_hint", usual) == std::string("dropped"));
  CHECK(result_of("build_id", usual) == std::string("dropped"));
  CHECK(result_of("name", usual) == std::string("kept"));
  CHECK(result_of("producers", usual) == std::string("kept"));
  CHECK(result_of("mine", usual) == std::string("kept"));
  CHECK(result_of(".debug_info", {.debug_info = Keep::keep}) == std::string("kept"));
  CHECK(result_of("name", {.names = Keep::drop}) == std::string("dropped"));
  CHECK(result_of("producers", {.producers = Keep::drop}) == std::string("dropped"));
  CHECK(result_of("build_id", {.level = OptimizeLevel::o0}) == std::string("kept"));
}

TEST_CASE("levels are read as wasm-opt's") {
  for (const char* word : {"0", "1", "2", "3", "4", "s", "z"}) {
    const auto level = parse_optimize_level(word);
    REQUIRE(level);
    CHECK(to_string(*level) == word);
    CHECK(parse_optimize_level(std::string("-O") + word) == level);
    CHECK(parse_optimize_level(std::string("O") + word) == level);
  }
  for (const char* word : {"", "5", "-O", "fast", "22", "-OO2"})
    CHECK_FALSE(parse_optimize_level(word));
}

TEST_CASE("a worker that is asked nonsense says so and ends with 2") {
  OptimizerSetup how = fake_setup();
  how.worker = {"/bin/sh", "-c", "printf nonsense | '" + setup().worker.front() + "'"};
  CHECK(error_of([&] { (void)find_binaryen(how); }) ==
        "Binaryen: Binaryen cannot read it: message between modulah and its Binaryen worker: no "
        "line");
  how.worker = {"/bin/sh", "-c", "echo nonsense"};
  CHECK(error_of([&] {
          (void)find_binaryen(how);
        }).starts_with("message between modulah and its Binaryen worker: "));
}

TEST_CASE("a limit that is too low is an error of its own type") {
  const auto limit_of = [](std::string_view what, const OptimizerSetup& how) {
    try {
      (void)optimize(as_bytes(module_that(what)), "a.wasm", {}, how);
    } catch (const OptimizeLimitError& error) {
      return std::optional(error.limit());
    } catch (const Error&) {
    }
    return std::optional<OptimizeLimitError::Limit>();
  };
  OptimizerSetup how = fake_setup();
  CHECK(limit_of("memory", how) == OptimizeLimitError::Limit::memory);
  CHECK(limit_of("abort", how) == std::nullopt);
  how.max_time = std::chrono::milliseconds(200);
  CHECK(limit_of("hang", how) == OptimizeLimitError::Limit::time);
}
