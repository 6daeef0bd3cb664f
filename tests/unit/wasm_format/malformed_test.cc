// Malformed modules: each mistake has its message, and none gets further than that.
#include <random>

#include "modulah/base/io.h"
#include "modulah/wasm/summary.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "modulah_test/wasm_bytes.h"

using namespace modulah;
using namespace modulah::wasm;
using namespace modulah::test;

namespace {

std::string error(const std::string& binary, Depth depth = Depth::instructions) {
  return error_of([&] { (void)summarize(as_bytes(binary), "a.wasm", depth); });
}

/// A module with something in each section.
std::string rich_module() {
  return module_of({custom("dylink.0", bytes({1, 2, 3})), two_types(),
                    section(2, list({import_function("wasi_snapshot_preview1", "fd_write", 1),
                                     sized("m") + sized("g") + bytes({3, 0x7F, 1})})),
                    section(3, list({bytes({0}), bytes({1})})),
                    section(4, list({bytes({0x70, 1, 1, 2})})),
                    section(5, list({bytes({1, 1, 0xC8, 1})})), section(13, list({bytes({0, 0})})),
                    section(6, list({bytes({0x7E, 1, 0x42, 0x7F, 0x0B})})),
                    section(7, list({export_function("_start", 1)})), section(8, bytes({1})),
                    section(9, list({bytes({0, 0x41, 0, 0x0B, 1, 1})})), section(12, bytes({1})),
                    section(10, list({body(bytes({0x41, 1, 0x1A})), body(bytes({0x20, 0}))})),
                    section(11, list({bytes({0, 0x41, 0, 0x0B}) + sized("data")})),
                    custom("producers", list({sized("sdk") + list({sized("x") + sized("1")})}))});
}

}  // namespace

TEST_CASE("each mistake of structure is named with its place") {
  struct Case {
    std::string binary;
    const char* message;
  };
  const Case cases[] = {
      {module_of({bytes({1})}), "a.wasm: byte 0x9: unexpected end"},
      {module_of({bytes({1, 5, 0})}),
       "a.wasm: byte 0xa: type section of 5 bytes, but only 1 remain"},
      {module_of({bytes({14, 0})}), "a.wasm: byte 0x8: unknown section 14"},
      {module_of({section(3, bytes({0})), two_types()}),
       "a.wasm: byte 0xb: type section after the function section"},
      {module_of({two_types(), two_types()}),
       "a.wasm: byte 0x13: type section after the type section"},
      {module_of({section(1, bytes({0, 0}))}),
       "a.wasm: byte 0xb: type section has extra bytes at its end: 1"},
      {module_of({section(1, leb(1'000'000))}),
       "a.wasm: byte 0xa: 1000000 types in the remaining 0 bytes"},
      {module_of({section(1, leb(0xFFFF'FFFF))}),
       "a.wasm: byte 0xa: 4294967295 types, more than 1000000"},
      {module_of({section(1, list({bytes({0x61})}))}),
       "a.wasm: byte 0xb: unknown form of type 0x61"},
      {module_of({section(1, list({bytes({0x60, 1, 0x01, 0})}))}),
       "a.wasm: byte 0xd: unknown type 0x01"},
      {module_of({section(2, list({import_function("a", "b", 0)}))}),
       "a.wasm: byte 0x10: type 0 of 0"},
      {module_of({section(2, list({sized("a") + sized("b") + bytes({9})}))}),
       "a.wasm: byte 0xf: unknown kind 0x09"},
      {module_of({section(2, list({sized("\xFF") + sized("b") + bytes({0, 0})}))}),
       "a.wasm: byte 0xb: name is not UTF-8"},
      {module_of({section(2, list({bytes({9, 'a'})}))}),
       "a.wasm: byte 0xb: name of 9 bytes, but only 1 remain"},
      {module_of({two_types(), section(3, list({bytes({0})}))}),
       "a.wasm: byte 0x17: function and code section differ in length: 1 and 0"},
      {module_of({section(10, list({body("")}))}),
       "a.wasm: byte 0xe: function and code section differ in length: 0 and 1"},
      {module_of({section(12, bytes({1}))}),
       "a.wasm: byte 0xb: data count and data section differ: 1 and 0"},
      {module_of({section(7, list({export_function("x", 3)}))}),
       "a.wasm: byte 0xe: export of function 3 of 0"},
      {module_of({section(8, bytes({2}))}), "a.wasm: byte 0xa: start function 2 of 0"},
      {module_of({section(5, list({bytes({0x10, 1})}))}), "a.wasm: byte 0xb: unknown limits 0x10"},
      {module_of({section(5, list({bytes({8, 1, 17})}))}), "a.wasm: byte 0xd: pages of 2^17 bytes"},
      {module_of({section(4, list({bytes({0x7F, 0, 1})}))}),
       "a.wasm: byte 0xb: i32 is not a reference type"},
      {module_of({section(6, list({bytes({0x7F, 0, 0x20, 0, 0x0B})}))}),
       "a.wasm: byte 0xd: instruction 0x20 is not constant"},
      {module_of({section(9, list({bytes({8})}))}),
       "a.wasm: byte 0xb: unknown form of element segment 8"},
      {module_of({section(11, list({bytes({3})}))}),
       "a.wasm: byte 0xb: unknown form of data segment 3"},
      {module_of({section(11, list({bytes({1, 5, 0})}))}),
       "a.wasm: byte 0xc: data segment of 5 bytes, but only 1 remain"},
      {module_of({custom("\xC0\x80", "")}), "a.wasm: byte 0xa: name is not UTF-8"},
      {module_of({section(0, "")}), "a.wasm: byte 0xa: unexpected end"},
  };
  for (const Case& c : cases) CHECK(error(c.binary) == c.message);
}

TEST_CASE("a module cut off at any byte is an error, or ends between two sections") {
  const std::string whole = rich_module();
  REQUIRE(error(whole) == "(no error)");
  for (const Depth depth : {Depth::headers, Depth::instructions}) {
    int accepted = 0;
    for (std::size_t size = 0; size < whole.size(); ++size)
      accepted += error(whole.substr(0, size), depth) == "(no error)" ? 1 : 0;
    // After the preamble and each of the sections before functions are declared, and before the
    // last custom section.
    CHECK(accepted == 5);
  }
}

TEST_CASE("changed bytes give a Summary or an Error") {
  const std::string whole = rich_module();
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same on every machine.
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string changed = whole;
    for (int i = 0; i < 1 + round % 3; ++i)
      changed[8 + random() % (whole.size() - 8)] = static_cast<char>(random());
    const std::string kind = kind_of_error([&] { (void)summarize(as_bytes(changed), "a.wasm"); });
    REQUIRE((kind == "invalid" || kind == "(no error)"));
    accepted += kind == "(no error)" ? 1 : 0;
  }
  CHECK(accepted > 0);
  CHECK(accepted < 20'000);
}

TEST_CASE("UTF-8 is what the Unicode standard says") {
  const auto is_accepted = [](std::string_view name) {
    return error(module_of({custom(name, "")})) == "(no error)";
  };
  for (const char* good : {"", "a", "é", "€", "😀", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"})
    CHECK(is_accepted(good));
  for (const char* bad : {"\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "a\xFF"})
    CHECK_FALSE(is_accepted(bad));
}
