// With the Binaryen of this machine.
#include <cstdio>

#include "modulah/wasm/summary.h"

#include "modulah_test/skip.h"
#include "modulah_test/wasm_bytes.h"
#include "setup.h"

using namespace modulah;
using namespace modulah::wasm;
using namespace modulah::test;
using modulah::wasm::test::is_binaryen_here;
using modulah::wasm::test::setup;

namespace {

/// () -> () exported as `_start`, with this code.
std::string command_with(const std::string& code, const std::string& more = "") {
  return module_of({two_types(), section(3, list({bytes({0})})), section(5, list({bytes({0, 1})})),
                    section(7, list({export_function("_start", 0)})),
                    section(10, list({body(code)}))}) +
         more;
}

/// 1 + 2, dropped: nothing that has to stay.
std::string wasteful_code() {
  return bytes({0x41, 1, 0x41, 2, 0x6A, 0x1A, 0x41, 1, 0x41, 2, 0x6A, 0x1A});
}

OptimizeResult optimized(const std::string& module, const OptimizeOptions& options = {},
                         const OptimizerSetup& how = setup()) {
  return optimize(as_bytes(module), "a.wasm", options, how);
}

}  // namespace

TEST_CASE("find_binaryen tells which one it is") {
  if (!is_binaryen_here()) return;
  const BinaryenInfo info = find_binaryen(setup());
  CHECK_FALSE(info.library.empty());
  CHECK((info.version == "unknown" || std::stoi(info.version) >= 108));
  CHECK(info.build_id.find_first_not_of("0123456789abcdef") == std::string::npos);
}

TEST_CASE("a module becomes smaller and keeps its interface") {
  if (!is_binaryen_here()) return;
  const std::string module = command_with(wasteful_code());
  const OptimizeResult result = optimized(module);
  CHECK(result.size_before == module.size());
  CHECK(result.size_after == result.bytes.size());
  CHECK(result.size_after < result.size_before);
  CHECK(result.diagnostics.empty());
  const Summary summary = summarize(result.bytes, "a.wasm");
  CHECK(summary.role == Role::command);
  CHECK(summary.is_start_callable);
  CHECK_FALSE(summary.has_features_section);
  CHECK_NOTHROW(validate_with_binaryen(result.bytes, "a.wasm", setup()));
}

TEST_CASE("the result does not depend on the number of cores, nor on how often") {
  if (!is_binaryen_here()) return;
  const std::string module = command_with(wasteful_code());
  OptimizerSetup how = setup();
  const auto first = optimized(module, {}, how).bytes;
  how.cores = 4;
  CHECK(optimized(module, {}, how).bytes == first);
  CHECK(optimized(module, {}, how).bytes == first);
}

TEST_CASE("all levels work, and 0 keeps the code") {
  if (!is_binaryen_here()) return;
  const std::string module = command_with(wasteful_code());
  for (const char* word : {"1", "2", "3", "4", "s", "z"}) {
    CAPTURE(word);
    CHECK(optimized(module, {.level = *parse_optimize_level(word)}).size_after < module.size());
  }
  const auto same = optimized(module, {.level = OptimizeLevel::o0}).bytes;
  CHECK(summarize(same, "a.wasm").code_size == summarize(as_bytes(module), "a.wasm").code_size);
}

TEST_CASE("features are told to Binaryen though the module does not declare them") {
  if (!is_binaryen_here()) return;
  struct Case {
    const char* feature;
    std::string code;
  };
  const Case cases[] = {
      {"bulk-memory", bytes({0x41, 0, 0x41, 0, 0x41, 9, 0xFC, 10, 0, 0})},
      {"sign-ext", bytes({0x41, 0, 0x41, 0, 0x28, 2, 0, 0xC0, 0x36, 2, 0})},
      {"simd128", bytes({0x41, 0, 0x41, 1, 0xFD, 0x11, 0xFD, 11, 4, 0})},
      {"nontrapping-fptoint", bytes({0x41, 0, 0x41, 0, 0x2A, 2, 0, 0xFC, 0, 0x36, 2, 0})},
      {"tail-call", bytes({0x12, 0})},
  };
  for (const Case& c : cases) {
    CAPTURE(c.feature);
    const OptimizeResult result = optimized(command_with(c.code));
    const Summary summary = summarize(result.bytes, "a.wasm");
    CHECK(summary.used_features.contains(*parse_feature(c.feature)));
    CHECK_FALSE(summary.has_features_section);
  }
}

TEST_CASE("declared features stay declared") {
  if (!is_binaryen_here()) return;
  const std::string module = command_with(
      bytes({0x41, 0, 0x41, 0, 0x41, 9, 0xFC, 10, 0, 0}),
      custom("target_features", list({"+" + sized("sign-ext"), "+" + sized("bulk-memory")})));
  const Summary summary = summarize(optimized(module).bytes, "a.wasm");
  CHECK(summary.has_features_section);
  CHECK(summary.declared_features.contains(Feature::sign_ext));
  CHECK(summary.declared_features.contains(Feature::bulk_memory));
  CHECK_FALSE(summary.declared_features.contains(Feature::simd128));
}

TEST_CASE("names are kept or dropped") {
  if (!is_binaryen_here()) return;
  const std::string names =
      custom("name", bytes({1}) + sized(bytes({1, 0}) + sized("helper_of_start")));
  const std::string module = command_with(wasteful_code(), names);
  const auto has_name = [&](const OptimizeOptions& options) {
    const auto made = optimized(module, options).bytes;
    return as_text(made).find("helper_of_start") != std::string_view::npos;
  };
  CHECK(has_name({}));
  CHECK_FALSE(has_name({.names = Keep::drop}));
}

TEST_CASE("an invalid module is refused in Binaryen's words") {
  if (!is_binaryen_here()) return;
  // i64 + i32.
  const std::string module = command_with(bytes({0x42, 1, 0x41, 2, 0x6A, 0x1A}));
  CHECK(error_of([&] {
          validate_with_binaryen(as_bytes(module), "a.wasm", setup());
        }).starts_with("a.wasm: not valid: [wasm-validator error in function "));
  CHECK(kind_of_error([&] { (void)optimized(module); }) == "invalid");
  CHECK_NOTHROW(validate_with_binaryen(as_bytes(command_module()), "a.wasm", setup()));
}

TEST_CASE("a memory limit that is too low is reported as such") {
  if (!is_binaryen_here()) return;
  OptimizerSetup how = setup();
  if (wasm::test::kIsSanitized) {
    modulah::test::skip("a worker with a sanitizer has no limit on memory");
    return;
  }
  how.max_memory_bytes = 64ULL << 20U;
  const Error error = [&] {
    try {
      (void)optimized(command_with("", custom("big", std::string(60U << 20U, 'x'))), {}, how);
    } catch (const Error& caught) {
      return caught;
    }
    return Error(ErrorKind::io, "(no error)");
  }();
  CHECK(error.kind() == ErrorKind::unsupported);
  CHECK(error.message() == "a.wasm: optimizing it takes more than 67.1 MB of memory");
}
