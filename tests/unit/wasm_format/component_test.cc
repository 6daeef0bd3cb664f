// What a Summary says of components.
#include "modulah/base/io.h"
#include "modulah/wasm/summary.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "modulah_test/wasm_bytes.h"

using namespace modulah;
using namespace modulah::wasm;
using namespace modulah::test;

namespace {

Summary summary_of(const std::string& binary) { return summarize(as_bytes(binary), "a.wasm"); }

std::string import_instance(std::string_view name) {
  return bytes({0}) + sized(name) + bytes({5, 0});
}
std::string export_instance(std::string_view name) {
  return bytes({0}) + sized(name) + bytes({5, 0, 0});
}

std::string cli_component() {
  return component_of({section(1, command_module()),
                       section(10, list({import_instance("wasi:cli/environment@0.2.3"),
                                         import_instance("wasi:io/streams@0.2.12")})),
                       section(4, component_of({section(1, module_with_code(bytes({0xC0})))})),
                       section(11, list({export_instance("wasi:cli/run@0.2.3")})),
                       custom("component-name", bytes({0}) + sized(sized("app")))});
}

}  // namespace

TEST_CASE("a component is told with what its core modules need") {
  const Summary summary = summary_of(cli_component());
  CHECK(summary.kind == BinaryKind::component);
  CHECK(summary.role == Role::command);
  CHECK(summary.wasi == Wasi::preview2);
  CHECK(summary.wasi_version == "0.2.12");
  CHECK(summary.module_name == "app");
  REQUIRE(summary.imports.size() == 2);
  CHECK(summary.imports[0].module.empty());
  CHECK(summary.imports[0].name == "wasi:cli/environment@0.2.3");
  CHECK(summary.imports[0].kind == ExternKind::instance);
  REQUIRE(summary.exports.size() == 1);
  CHECK(summary.exports[0].kind == ExternKind::instance);
  CHECK(summary.core_module_count == 2);
  CHECK(summary.function_count == 2);
  REQUIRE(summary.memories.size() == 1);
  CHECK(summary.memories[0].minimum == 1);
  CHECK(summary.used_features.names() == std::vector<std::string_view>{"sign-ext"});
}

TEST_CASE("components for HTTP are reactors, others are libraries") {
  CHECK(summary_of(component_of(
                       {section(11, list({export_instance("wasi:http/incoming-handler@0.2.0")}))}))
            .role == Role::reactor);
  CHECK(summary_of(component_of({section(11, list({export_instance("wasi:cli/runner@0.2.0")}))}))
            .role == Role::library);
  CHECK(summary_of(component_of({})).role == Role::library);
  CHECK(summary_of(component_of({section(11, list({export_instance("wasi:cli/run@0.3.0-rc-1")}))}))
            .wasi == Wasi::preview3);
}

TEST_CASE("all sorts of imports and exports of a component are read") {
  const Summary summary = summary_of(
      component_of({section(10, list({bytes({0}) + sized("m") + bytes({0, 0x11, 0}),
                                      bytes({0}) + sized("f") + bytes({1, 0}),
                                      bytes({0}) + sized("v") + bytes({2, 1, 0x7F}),
                                      bytes({0}) + sized("t") + bytes({3, 1}),
                                      bytes({1}) + sized("c") + bytes({4, 0})})),
                    section(11, list({bytes({0}) + sized("t2") + bytes({3, 0, 1, 3, 0, 0})}))}));
  std::vector<ExternKind> kinds;
  for (const Import& import : summary.imports) kinds.push_back(import.kind);
  CHECK(kinds == std::vector{ExternKind::module, ExternKind::function, ExternKind::value,
                             ExternKind::type, ExternKind::component});
  CHECK(summary.exports[0].kind == ExternKind::type);
}

TEST_CASE("what is wrong inside a component is named with its place in the file") {
  const auto error = [](const std::string& binary) {
    return error_of([&] { (void)summary_of(binary); });
  };
  CHECK(error(component_of({section(1, component_of({}))})) ==
        "a.wasm: byte 0xa: not the preamble of a module");
  CHECK(error(component_of({section(1, module_of({section(99, "")}))})) ==
        "a.wasm: byte 0x12: unknown section 99");
  CHECK(error(component_of({section(11, list({bytes({7})}))})) ==
        "a.wasm: byte 0xb: unknown form of name 0x07");
  std::string deep = component_of({});
  for (int i = 0; i < 70; ++i) deep = component_of({section(4, deep)});
  CHECK(error(deep).ends_with(": components nested 64 deep"));
}

TEST_CASE("a component cut off anywhere is an error or shorter, and nothing else") {
  const std::string whole = cli_component();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string kind = kind_of_error([&] { (void)summary_of(whole.substr(0, size)); });
    CHECK((kind == "invalid" || kind == "(no error)"));
  }
}
