// What the preamble says.
#include "modulah/wasm/binary.h"

#include "modulah/base/io.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using namespace modulah::wasm;
using modulah::test::error_of;

TEST_CASE("kind_of_binary tells modules, components and everything else apart") {
  const std::string module("\0asm\1\0\0\0", 8);
  const std::string component("\0asm\x0d\0\1\0", 8);
  CHECK(kind_of_binary(as_bytes(module), "a") == BinaryKind::module);
  CHECK(kind_of_binary(as_bytes(component), "a") == BinaryKind::component);
  struct Case {
    std::string bytes;
    const char* message;
  };
  const Case cases[] = {
      {"", "a.wasm: byte 0x0: ends within the preamble of 8 bytes"},
      {std::string("\0as", 3), "a.wasm: byte 0x3: ends within the preamble of 8 bytes"},
      {std::string("\177ELF\2\1\1\0", 8),
       "a.wasm: byte 0x0: not WebAssembly: begins with 7f 45 4c 46, not 00 61 73 6d"},
      {"#!", "a.wasm: byte 0x0: not WebAssembly: begins with 23 21, not 00 61 73 6d"},
      {std::string("\0asm\2\0\0\0", 8),
       "a.wasm: byte 0x4: version 02 00 00 00 is neither a module's (01 00 00 00) nor a "
       "component's (0d 00 01 00)"},
  };
  for (const Case& c : cases)
    CHECK(error_of([&] { (void)kind_of_binary(as_bytes(c.bytes), "a.wasm"); }) == c.message);
}

TEST_CASE("is_wasm looks at the magic alone") {
  CHECK(is_wasm(as_bytes(std::string_view("\0asm", 4))));
  CHECK(is_wasm(as_bytes(std::string_view("\0asm\2\0\0\0", 8))));
  CHECK_FALSE(is_wasm({}));
  CHECK_FALSE(is_wasm(as_bytes(std::string_view("\0as", 3))));
  CHECK_FALSE(is_wasm(as_bytes("asm\1")));
}
