// Sizes of sections, functions and segments; and what differs between two modules.
#include "modulah/wasm/largest.h"

#include "modulah/base/io.h"
#include "modulah/wasm/size_changes.h"

#include "modulah_test/catch.h"
#include "modulah_test/wasm_bytes.h"

using namespace modulah;
using namespace modulah::wasm;
using namespace modulah::test;

namespace {

Summary summary_of(const std::string& binary, Depth depth = Depth::instructions) {
  return summarize(as_bytes(binary), "a.wasm", depth);
}

Largest largest_of(const std::string& binary, std::size_t count = 10) {
  return find_largest(as_bytes(binary), summary_of(binary, Depth::headers), "a.wasm", count);
}

/// A function's body with `count` instructions "nop", 2 bytes more.
std::string nops(unsigned count) { return body(std::string(count, '\1')); }

std::string named(unsigned index, std::string_view name) { return leb(index) + sized(name); }

/// One imported function, then three of 3, 5 and 4 bytes; "run" is the first of them; two data
/// segments.
std::string module_with_sizes(const std::string& names) {
  return module_of({two_types(), section(2, list({import_function("env", "f", 0)})),
                    section(3, list({bytes({0}), bytes({0}), bytes({0})})),
                    section(5, list({bytes({0, 1})})),
                    section(7, list({export_function("run", 1)})),
                    section(10, list({nops(1), nops(3), nops(2)})),
                    section(11, list({bytes({0, 0x41, 0x90, 0x08, 0x0B}) + sized("abc"),
                                      bytes({1}) + sized("passive")})),
                    names});
}

}  // namespace

TEST_CASE("a summary lists the sections of a module") {
  const std::string binary = module_with_sizes(custom("name", bytes({0, 2, 1, 'm'})));
  const Summary summary = summary_of(binary, Depth::headers);
  std::string text;
  std::uint64_t size = 8;
  for (const Section& one : summary.sections) {
    CHECK(one.offset == size);
    text += one.name + (one.is_custom ? "*" : "") + " " + std::to_string(one.count) + ", ";
    size += one.size;
  }
  CHECK(text == "type 2, import 1, function 3, memory 1, export 1, code 3, data 2, name* 0, ");
  CHECK(size == binary.size());
  CHECK(summary.imported_function_count == 1);
  CHECK(summary.exports[0].index == 1);
}

TEST_CASE("the largest functions come first, with the names there are") {
  const std::string names =
      custom("name", section(1, list({named(1, "first"), named(2, "_ZN1a1bEv"), named(9, "x")})) +
                         section(9, list({named(1, ".rodata")})));
  const std::string binary = module_with_sizes(names);
  const Largest largest = largest_of(binary);
  REQUIRE(largest.functions.size() == 3);
  CHECK(largest.functions[0].index == 2);
  CHECK(largest.functions[0].size == 5);
  CHECK(largest.functions[0].name == "_ZN1a1bEv");
  CHECK(binary[static_cast<std::size_t>(largest.functions[0].offset) + 1] == '\1');
  CHECK(largest.functions[1].index == 3);
  CHECK(largest.functions[1].name.empty());
  CHECK(largest.functions[2].index == 1);
  CHECK(largest.functions[2].name == "first");
  REQUIRE(largest.segments.size() == 2);
  CHECK(largest.segments[0].size == 7);
  CHECK(largest.segments[0].is_passive);
  CHECK_FALSE(largest.segments[0].address);
  CHECK(largest.segments[0].name == ".rodata");
  CHECK(largest.segments[1].address == 1040);
  CHECK(binary.substr(static_cast<std::size_t>(largest.segments[1].offset), 3) == "abc");
}

TEST_CASE("no more of the largest are kept than asked for") {
  const Largest largest = largest_of(module_with_sizes(""), 2);
  REQUIRE(largest.functions.size() == 2);
  CHECK(largest.functions[0].index == 2);
  CHECK(largest.functions[1].index == 3);
  CHECK(largest_of(module_with_sizes(""), 0).functions.empty());
}

TEST_CASE("an exported function without a name has that of its export") {
  const Largest largest = largest_of(module_with_sizes(""));
  CHECK(largest.functions[2].index == 1);
  CHECK(largest.functions[2].name == "run");
}

TEST_CASE("a malformed section of names is none") {
  // The second name is longer than the section.
  const std::string names =
      custom("name", section(1, leb(2) + named(2, "good") + leb(3) + leb(200) + "x"));
  const Largest largest = largest_of(module_with_sizes(names));
  CHECK(largest.functions[0].name == "good");
  CHECK(largest.functions[1].name.empty());
}

TEST_CASE("of equally large functions the first comes first") {
  const std::string binary =
      module_of({two_types(), section(3, list({bytes({0}), bytes({0}), bytes({0})})),
                 section(10, list({nops(1), nops(1), nops(1)}))});
  const Largest largest = largest_of(binary, 2);
  CHECK(largest.functions[0].index == 0);
  CHECK(largest.functions[1].index == 1);
}

TEST_CASE("an address that is computed is not told") {
  const std::string binary =
      module_of({section(2, list({sized("env") + sized("base") + bytes({3, 0x7F, 0})})),
                 section(5, list({bytes({0, 1})})),
                 section(11, list({bytes({0, 0x23, 0, 0x0B}) + sized("a"),
                                   bytes({0, 0x23, 0, 0x41, 1, 0x6A, 0x0B}) + sized("bb"),
                                   bytes({2, 0, 0x41, 0x7F, 0x0B}) + sized("ccc")}))});
  const Largest largest = largest_of(binary);
  REQUIRE(largest.segments.size() == 3);
  CHECK(largest.segments[0].address == 0xFFFF'FFFF);
  CHECK_FALSE(largest.segments[1].address);
  CHECK_FALSE(largest.segments[2].address);
}

TEST_CASE("the core modules of a component are read with their places in it") {
  const std::string module = module_with_sizes(
      custom("name", section(0, sized("inner")) + section(1, list({named(2, "big")}))));
  const std::string inner = component_of({section(1, module_with_code(std::string(30, '\1')))});
  const std::string binary = component_of({section(1, module), section(4, inner)});
  const Summary summary = summary_of(binary);
  REQUIRE(summary.nested.size() == 3);
  CHECK(summary.nested[0].kind == BinaryKind::module);
  CHECK(summary.nested[0].depth == 0);
  CHECK(summary.nested[0].name == "inner");
  CHECK(summary.nested[0].size == module.size());
  CHECK(summary.nested[0].function_count == 3);
  CHECK(binary.substr(static_cast<std::size_t>(summary.nested[0].offset), 4) ==
        std::string("\0asm", 4));
  CHECK(summary.nested[1].kind == BinaryKind::component);
  CHECK(summary.nested[1].size == inner.size());
  CHECK(summary.nested[2].depth == 1);
  REQUIRE(summary.sections.size() == 2);
  CHECK(summary.sections[0].name == "core module");
  CHECK(summary.sections[0].count == 1);
  CHECK(summary.sections[1].name == "component");

  const Largest largest = find_largest(as_bytes(binary), summary, "a.wasm", 2);
  REQUIRE(largest.functions.size() == 2);
  CHECK(largest.functions[0].module == 1);
  CHECK(largest.functions[0].size == 32);
  CHECK(largest.functions[1].module == 0);
  CHECK(largest.functions[1].name == "big");
  CHECK(binary[static_cast<std::size_t>(largest.functions[1].offset) + 1] == '\1');
}

TEST_CASE("sections of a kind in a component are counted together") {
  const std::string alias = section(6, list({bytes({1, 0, 0}), bytes({1, 0, 1})}));
  const Summary summary = summary_of(component_of({alias, custom("x", ""), alias}));
  REQUIRE(summary.sections.size() == 2);
  CHECK(summary.sections[0].name == "alias");
  CHECK(summary.sections[0].count == 4);
  CHECK(summary.sections[0].size == 2 * alias.size());
  CHECK(summary.sections[1].is_custom);
}

TEST_CASE("tables, memories, globals, the start function and source maps are told") {
  const std::string binary = module_of(
      {two_types(),
       section(2, list({sized("env") + sized("t") + bytes({1, 0x70, 0, 2}),
                        sized("env") + sized("g") + bytes({3, 0x7F, 0})})),
       section(3, list({bytes({0})})), section(4, list({bytes({0x6F, 1, 0, 9})})),
       section(5, list({bytes({1, 1, 2})})), section(6, list({bytes({0x7F, 0, 0x41, 0, 0x0B})})),
       section(7, list({sized("t") + bytes({1, 1})})), section(8, bytes({0})),
       section(10, list({body("")})), custom("sourceMappingURL", sized("a.map")),
       custom("external_debug_info", sized("a.debug.wasm"))});
  const Summary summary = summary_of(binary);
  REQUIRE(summary.tables.size() == 2);
  CHECK(summary.tables[0].type == "2 funcref");
  CHECK(summary.tables[0].is_imported);
  CHECK_FALSE(summary.tables[0].is_exported);
  CHECK(summary.tables[1].type == "0 9 externref");
  CHECK_FALSE(summary.tables[1].is_imported);
  CHECK(summary.tables[1].is_exported);
  REQUIRE(summary.memories.size() == 1);
  CHECK(summary.memories[0].maximum == 2);
  CHECK(summary.global_count == 2);
  CHECK(summary.start_function == 0);
  CHECK(summary.source_map_url == "a.map");
  CHECK(summary.debug_info_url == "a.debug.wasm");
}

TEST_CASE("size_changes tells what the bytes were for") {
  const std::string before = module_of(
      {two_types(), section(3, list({bytes({0})})), section(10, list({nops(20)})),
       custom(".debug_info", std::string(500, 'x')), custom("sourceMappingURL", sized("a")),
       custom("name", std::string(50, 'x')), custom("producers", std::string(5, 'x'))});
  const std::string after =
      module_of({two_types(), section(3, list({bytes({0})})), section(10, list({nops(5)})),
                 custom("producers", std::string(9, 'x'))});
  std::string text;
  for (const SizeChange& one : size_changes(summary_of(before, Depth::headers), summary_of(after)))
    text += std::string(one.what) + " " + std::to_string(one.before) + " to " +
            std::to_string(one.after) + "\n";
  CHECK(text ==
        "debug information 536 to 0\n"
        "names 57 to 0\n"
        "code 26 to 11\n"
        "other sections 32 to 36\n");
  CHECK(size_changes(summary_of(before), summary_of(before)).empty());
}
