// The custom sections at the end of a module, and what a Summary says without them.
#include "modulah/wasm/custom_tail.h"

#include <algorithm>
#include <string>

#include "modulah/base/error.h"
#include "modulah/base/io.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "modulah_test/wasm_bytes.h"

using namespace modulah;
using namespace modulah::wasm;
using namespace modulah::test;

namespace {

ReadAt reader_of(const std::string& binary) {
  return [&binary](std::uint64_t offset, std::span<std::byte> buffer) {
    const auto rest = as_bytes(binary).subspan(
        std::min<std::size_t>(binary.size(), static_cast<std::size_t>(offset)));
    const std::size_t count = std::min(rest.size(), buffer.size());
    std::copy_n(rest.begin(), count, buffer.begin());
    return count;
  };
}

CustomTail tail_of(const std::string& binary) {
  return find_custom_tail(reader_of(binary), binary.size());
}

bool has_no_tail(const std::string& binary) {
  const CustomTail tail = tail_of(binary);
  return tail.offset == binary.size() && tail.sections.empty();
}

const std::string kBeginning = custom("early", "x") + command_module().substr(8);
const std::string kDebug = custom(".debug_info", std::string(100'000, 'd'));
const std::string kNames = custom("name", bytes({0, 3}) + sized("me"));

std::string module_with(const std::string& sections) {
  return std::string("\0asm\1\0\0\0", 8) + sections;
}

}  // namespace

TEST_CASE("a module's tail is the custom sections after all others") {
  const std::string binary = module_with(kBeginning + kDebug + kNames);
  const CustomTail tail = tail_of(binary);
  CHECK(tail.offset == 8 + kBeginning.size());
  REQUIRE(tail.sections.size() == 2);
  CHECK(tail.sections[0].section.name == ".debug_info");
  CHECK(tail.sections[0].section.offset == tail.offset);
  CHECK(tail.sections[0].section.size == kDebug.size());
  CHECK(tail.sections[0].header == kDebug.substr(0, kDebug.size() - 100'000));
  CHECK(tail.sections[1].section.name == "name");
  CHECK(tail.sections[1].section.offset == binary.size() - kNames.size());
}

TEST_CASE("a module without custom sections at its end has no tail") {
  CHECK(has_no_tail(command_module()));
  CHECK(has_no_tail(module_with(kDebug + kBeginning)));
  CHECK(has_no_tail(module_with("")));
  CHECK(tail_of(module_with(kDebug)).offset == 8);
}

TEST_CASE("what is not a whole module has no tail") {
  const std::string binary = module_with(kBeginning + kDebug + kNames);
  std::size_t ends = 0;
  // Cut off anywhere but between sections.
  for (std::size_t size = 0; size < binary.size(); size += size < 300 ? 1 : 997) {
    CAPTURE(size);
    const CustomTail tail = tail_of(binary.substr(0, size));
    CHECK(tail.sections.size() <= 1);
    if (!tail.sections.empty()) ++ends;
  }
  CHECK(ends <= 1);  // Behind the first custom section, when a step ends there.
  CHECK(has_no_tail(component_of({custom("a", "b")})));
  CHECK(has_no_tail(std::string("\0asm\2\0\0\0", 8) + kDebug));
  CHECK(has_no_tail("text"));
  // A name that is longer than its section, one that is not UTF-8, one that is too long to be read.
  CHECK(has_no_tail(module_with(kBeginning + bytes({0, 2, 9, 'a'}) + kDebug)));
  CHECK(has_no_tail(module_with(kBeginning + custom("\xff", "x"))));
  CHECK(has_no_tail(module_with(kBeginning + custom(std::string(300, 'n'), "x"))));
  CHECK(has_no_tail(module_with(kBeginning + bytes({0, 0}))));
}

TEST_CASE("so many custom sections that each has to be looked at are no tail") {
  std::string sections = kBeginning;
  for (int i = 0; i < 1'000; ++i) sections += custom("a", "");
  CHECK(tail_of(module_with(sections)).sections.size() == 1'000);
  CHECK(has_no_tail(module_with(sections + custom("a", ""))));
}

TEST_CASE("what reading throws is thrown") {
  const ReadAt broken = [](std::uint64_t, std::span<std::byte>) -> std::size_t {
    throw Error(ErrorKind::io, "broken disk");
  };
  CHECK(error_of([&] { (void)find_custom_tail(broken, 100); }) == "broken disk");
}

TEST_CASE("a module is summarized without its tail") {
  const std::string binary = module_with(kBeginning + kDebug + custom("linking", "x") + kNames);
  const CustomTail tail = tail_of(binary);
  const Summary whole = summarize(as_bytes(binary), "a.wasm");
  const Summary cut =
      summarize(as_bytes(binary).first(static_cast<std::size_t>(tail.offset)), tail, "a.wasm");
  CHECK(cut.size == binary.size());
  CHECK(cut.custom_size == whole.custom_size);
  CHECK(cut.has_debug_info);
  CHECK(cut.role == Role::object_file);
  CHECK(cut.role == whole.role);
  CHECK(cut.imports.size() == whole.imports.size());
  REQUIRE(cut.custom_sections.size() == whole.custom_sections.size());
  for (std::size_t i = 0; i < cut.custom_sections.size(); ++i) {
    CHECK(cut.custom_sections[i].name == whole.custom_sections[i].name);
    CHECK(cut.custom_sections[i].offset == whole.custom_sections[i].offset);
    CHECK(cut.custom_sections[i].size == whole.custom_sections[i].size);
  }
  CHECK(whole.module_name == "me");
  CHECK(cut.module_name.empty());
}
