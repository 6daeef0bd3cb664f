// Modules as compilers make them, made when the test runs by a clang that has wasi-libc.
#include "modulah/base/files.h"
#include "modulah/base/process.h"
#include "modulah/wasm/summary.h"

#include "modulah_test/paths.h"
#include "modulah_test/skip.h"
#include "setup.h"

using namespace modulah;
using namespace modulah::wasm;
using modulah::wasm::test::is_binaryen_here;
using modulah::wasm::test::setup;

namespace {

constexpr const char* kHello = R"(
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv) {
  char text[100];
  memset(text, argc, sizeof text);
  printf("hello %s %f %d\n", argv[0], argc * 1.5, text[7]);
  return 0;
}
)";
constexpr const char* kReactor = R"(
__attribute__((export_name("add"))) int add(int a, int b) { return a + b; }
)";

/// Runs clang; nothing when it cannot make this module.
std::optional<std::string> compile(const char* source, const std::vector<std::string>& options) {
  const TempDir directory(modulah::test::build_directory());
  const std::string output = (directory.path() / "a.wasm").native();
  ProcessRequest clang;
  // For -O, clang would run wasm-opt by itself; so tests say -Xclang -O2.
  clang.args = {"/usr/bin/clang", "--target=wasm32-wasi", "-xc", "-", "-o", output};
  clang.args.insert(clang.args.end(), options.begin(), options.end());
  clang.environment = {"PATH=/usr/bin:/bin"};
  clang.input = source;
  if (!std::filesystem::exists(clang.args[0]) || run_process(clang).exit_status != 0)
    return std::nullopt;
  return read_file(output, 64U << 20U);
}

/// False, with a word, when this machine has no clang that makes modules: then the test returns.
bool is_clang_here() {
  static const bool is_here = compile("int main(void) { return 0; }", {}).has_value();
  if (!is_here) modulah::test::skip("there is no clang with wasi-libc");
  return is_here;
}

std::string compiled(const char* source, const std::vector<std::string>& options) {
  const auto module = compile(source, options);
  REQUIRE(module);
  return *module;
}

}  // namespace

TEST_CASE("a C program is a command of preview 1, and becomes much smaller without its DWARF") {
  if (!is_clang_here()) return;
  const std::string module = compiled(kHello, {"-Xclang", "-O1", "-g"});
  const Summary summary = summarize(as_bytes(module), "hello.wasm");
  CHECK(summary.role == Role::command);
  CHECK(summary.is_start_callable);
  CHECK(summary.wasi == Wasi::preview1);
  CHECK(summary.environments.empty());
  CHECK(summary.has_debug_info);
  CHECK(summary.memories[0].is_exported);
  CHECK_FALSE(summary.producers.empty());

  if (!is_binaryen_here()) return;
  const OptimizeResult result = optimize(as_bytes(module), "hello.wasm", {}, setup());
  CHECK(result.size_after < result.size_before / 2);
  const Summary after = summarize(result.bytes, "hello.wasm");
  CHECK_FALSE(after.has_debug_info);
  CHECK(after.code_size < summary.code_size);
  CHECK(after.role == Role::command);
  CHECK(after.producers.size() == summary.producers.size());
  CHECK_NOTHROW(validate_with_binaryen(result.bytes, "hello.wasm", setup()));
}

TEST_CASE("a program with newer features is optimised with and without their declaration") {
  if (!is_clang_here() || !is_binaryen_here()) return;
  for (const char* strip : {"-Wl,--strip-debug", "-Wl,--strip-all"}) {
    CAPTURE(strip);
    const auto module = compiled(kHello, {"-Xclang", "-O2", "-mbulk-memory", "-msign-ext",
                                          "-msimd128", "-mnontrapping-fptoint", strip});
    const OptimizeResult result = optimize(as_bytes(module), "hello.wasm", {}, setup());
    CHECK(result.size_after < result.size_before);
    CHECK(summarize(result.bytes, "a").has_features_section ==
          summarize(as_bytes(module), "a").has_features_section);
  }
}

TEST_CASE("a reactor and an object file are told apart from a command") {
  if (!is_clang_here()) return;
  const std::string reactor = compiled(kReactor, {"-mexec-model=reactor"});
  const Summary summary = summarize(as_bytes(reactor), "a.wasm");
  CHECK(summary.role == Role::reactor);
  CHECK(summary.exports.back().name == "add");
  CHECK(summary.exports.back().type == "(i32, i32) -> i32");
  const std::string object = compiled(kReactor, {"-c"});
  CHECK(summarize(as_bytes(object), "a.o").role == Role::object_file);
}
