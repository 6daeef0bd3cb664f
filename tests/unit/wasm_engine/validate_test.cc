#include "modulah_test/errors.h"
#include "wasmtime_fixture.h"

using namespace modulah;
using namespace modulah::wasm;
using modulah::test::error_of;
using modulah::wasm::test::binary_of;
using modulah::wasm::test::engine;
using modulah::wasm::test::is_wasmtime_here;

namespace {

std::string validation_error(std::string_view bytes) {
  return error_of([&] { engine().validate(as_bytes(bytes), "a.wasm"); });
}

}  // namespace

TEST_CASE("a valid module and a valid component are accepted") {
  if (!is_wasmtime_here()) return;
  CHECK(validation_error(binary_of("(module (func (export \"_start\")))")) == "(no error)");
  CHECK(validation_error(binary_of("(component)")) == "(no error)");
}

TEST_CASE("modules of all finished proposals are accepted") {
  if (!is_wasmtime_here()) return;
  constexpr const char* kModules[] = {
      "(module (func (result v128) v128.const i32x4 1 2 3 4))",
      "(module (func $f (return_call $f)))",
      "(module (memory i64 1))",
      "(module (memory 1) (memory 1))",
      "(module (table 1 externref) (func (drop (table.get 0 (i32.const 0)))))",
      "(module (tag $t) (func (block $b (try_table (catch $t $b) (throw $t)))))",
      "(module (type (struct (field i32))))",
      "(module (memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))",
      ("(module (func (result f32) (f32x4.extract_lane 0 (f32x4.relaxed_min (v128.const i32x4 0 0 "
       "0 "
       "0) (v128.const i32x4 0 0 0 0)))))"),
  };
  for (const char* text : kModules) {
    CAPTURE(text);
    CHECK(validation_error(binary_of(text)) == "(no error)");
  }
}

TEST_CASE("an invalid module is refused with the byte and Wasmtime's words") {
  if (!is_wasmtime_here()) return;
  const std::string mistyped = binary_of("(module (func (result i32) i64.const 1))");
  CHECK(validation_error(mistyped) == "a.wasm: byte 0x1a: type mismatch: expected i32, found i64");
  const std::string whole = binary_of("(module (func (export \"_start\")))");
  CHECK(validation_error(whole.substr(0, 12)) == "a.wasm: byte 0xa: unexpected end-of-file");
  CHECK(validation_error(std::string("\0asm\1\0\0\0\x7f", 9)) ==
        "a.wasm: byte 0x9: unexpected end-of-file");
}

TEST_CASE("every cut-off module is refused, never a crash") {
  if (!is_wasmtime_here()) return;
  const std::string whole = binary_of(
      "(module (memory (export \"memory\") 1) (data (i32.const 0) \"abc\") (func (export "
      "\"_start\") "
      "(drop (i32.load (i32.const 0)))))");
  std::size_t accepted = 0;
  for (std::size_t size = 0; size < whole.size(); ++size)
    if (validation_error(std::string_view(whole).substr(0, size)) == "(no error)") ++accepted;
  // Cut between two sections, a module can be whole: after the preamble, the types and
  // the code.
  CHECK(accepted == 3);
}

TEST_CASE("compile says what validate says") {
  if (!is_wasmtime_here()) return;
  const std::string mistyped = binary_of("(module (func (result i32) i64.const 1))");
  CHECK(error_of([&] { (void)engine().compile(as_bytes(mistyped), "b.wasm"); }) ==
        "b.wasm: byte 0x1a: type mismatch: expected i32, found i64");
}

TEST_CASE("an invalid component is refused") {
  if (!is_wasmtime_here()) return;
  std::string component = binary_of("(component (core module (func (result i32) i32.const 1)))");
  component[component.find('\x41')] = '\x42';  // i32.const becomes i64.const.
  CHECK(validation_error(component) == "a.wasm: byte 0x24: type mismatch: expected i32, found i64");
}
