// What a Summary says of modules.
#include "modulah/wasm/summary.h"

#include "modulah/base/io.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "modulah_test/wasm_bytes.h"

using namespace modulah;
using namespace modulah::wasm;
using namespace modulah::test;

namespace {

Summary summary_of(const std::string& binary, Depth depth = Depth::instructions) {
  return summarize(as_bytes(binary), "a.wasm", depth);
}

/// A module that imports functions of these names, "module.name".
Summary importing(std::initializer_list<std::string> names) {
  std::string imports = leb(names.size());
  for (const std::string& name : names) {
    const std::size_t dot = name.rfind('.');
    imports += import_function(name.substr(0, dot), name.substr(dot + 1), 0);
  }
  return summary_of(module_of({two_types(), section(2, imports)}));
}

/// A module that exports a function of type `type` under this name.
Summary exporting(std::string_view name, unsigned type) {
  return summary_of(module_of({two_types(), section(3, list({bytes({type})})),
                               section(7, list({export_function(name, 0)})),
                               section(10, list({body(type == 0 ? "" : bytes({0x41, 0}))}))}));
}

}  // namespace

TEST_CASE("a WASI command is told with its imports, exports and memory") {
  const Summary summary = summary_of(command_module());
  CHECK(summary.kind == BinaryKind::module);
  CHECK(summary.role == Role::command);
  CHECK(summary.wasi == Wasi::preview1);
  CHECK(summary.wasi_version.empty());
  CHECK(summary.environments.empty());
  REQUIRE(summary.imports.size() == 1);
  CHECK(summary.imports[0].module == "wasi_snapshot_preview1");
  CHECK(summary.imports[0].name == "fd_close");
  CHECK(summary.imports[0].kind == ExternKind::function);
  CHECK(summary.imports[0].type == "(i32) -> i32");
  REQUIRE(summary.exports.size() == 2);
  CHECK(summary.exports[0].name == "_start");
  CHECK(summary.exports[0].type == "() -> ()");
  CHECK(summary.exports[1].name == "memory");
  CHECK(summary.exports[1].kind == ExternKind::memory);
  CHECK(summary.exports[1].type == "1");
  CHECK(summary.has_start_export);
  CHECK(summary.is_start_callable);
  CHECK_FALSE(summary.start_function);
  REQUIRE(summary.memories.size() == 1);
  CHECK(summary.memories[0].minimum == 1);
  CHECK_FALSE(summary.memories[0].maximum);
  CHECK(summary.memories[0].is_exported);
  CHECK_FALSE(summary.memories[0].is_imported);
  CHECK(summary.memories.size() == 1);
  CHECK(summary.function_count == 1);
  CHECK(summary.size == command_module().size());
  CHECK(summary.code_size == 4);
  CHECK(summary.features().empty());
}

TEST_CASE("roles are told by exports and sections") {
  CHECK(summary_of(module_of({})).role == Role::library);
  CHECK(exporting("_initialize", 0).role == Role::reactor);
  CHECK(exporting("_initialize", 0).has_initialize_export);
  CHECK(exporting("run", 0).role == Role::library);
  // Wrong, and to be told by whoever judges: a command whose `_start` takes a parameter.
  const Summary odd = exporting("_start", 1);
  CHECK(odd.role == Role::command);
  CHECK_FALSE(odd.is_start_callable);
  CHECK(summary_of(module_of({custom("linking", bytes({2}))})).role == Role::object_file);
  CHECK(summary_of(module_of({custom("reloc.CODE", "")})).role == Role::object_file);
  CHECK(summary_of(module_of({custom("dylink.0", "")})).role == Role::shared_library);
}

TEST_CASE("WASI versions and other environments are told by imports") {
  struct Case {
    std::initializer_list<std::string> imports;
    Wasi wasi;
    std::vector<Environment> environments;
  };
  const Case cases[] = {
      {{"other.f"}, Wasi::none, {}},
      {{"wasi_unstable.fd_write"}, Wasi::unstable, {}},
      {{"wasi_unstable.fd_write", "wasi_snapshot_preview1.fd_write"}, Wasi::preview1, {}},
      {{"wasi:cli/environment@0.2.3.get-environment"}, Wasi::preview2, {}},
      {{"cm32p2|wasi:io/poll@0.2.get"}, Wasi::preview2, {}},
      {{"wasi:cli/environment@0.3.0.get-environment"}, Wasi::preview3, {}},
      {{"env.missing"}, Wasi::none, {Environment::unresolved_env}},
      {{"env.missing", "env.emscripten_resize_heap"}, Wasi::none, {Environment::emscripten}},
      {{"wbg.__wbg_log"}, Wasi::none, {Environment::wasm_bindgen}},
      {{"__wbindgen_placeholder__.f"}, Wasi::none, {Environment::wasm_bindgen}},
      {{"gojs.wasmExit"}, Wasi::none, {Environment::go_js}},
      {{"wasi.thread-spawn", "wasi_snapshot_preview1.f"},
       Wasi::preview1,
       {Environment::wasi_threads}},
      {{"wasi_ephemeral_nn.load"}, Wasi::none, {Environment::wasi_nn}},
      {{"wasi_ephemeral_crypto_common.f"}, Wasi::none, {Environment::wasi_crypto}},
      {{"env.proxy_log", "env.other", "wasi_snapshot_preview1.f"},
       Wasi::preview1,
       {Environment::proxy_wasm}},
  };
  for (const Case& c : cases) {
    CAPTURE(*c.imports.begin());
    const Summary summary = importing(c.imports);
    CHECK(summary.wasi == c.wasi);
    CHECK(summary.environments == c.environments);
  }
  CHECK(exporting("proxy_abi_version_0_2_1", 0).environments ==
        std::vector{Environment::proxy_wasm});
  CHECK(importing({"wasi:a/b@0.2.3.f", "wasi:a/c@0.2.10.f", "wasi:a/d@0.2.0.f"}).wasi_version ==
        "0.2.10");
}

TEST_CASE("the name, producers and target features are read off custom sections") {
  const Summary summary = summary_of(module_of(
      {custom("name", bytes({0}) + sized(sized("hello"))),
       custom("producers",
              list({sized("language") + list({sized("C11") + sized("")}),
                    sized("processed-by") + list({sized("clang") + sized("14.0.6")})})),
       custom("target_features",
              list({"+" + sized("sign-ext"), "-" + sized("atomics"), "+" + sized("future")})),
       custom(".debug_info", "12345")}));
  CHECK(summary.module_name == "hello");
  REQUIRE(summary.producers.size() == 2);
  CHECK(summary.producers[1].field == "processed-by");
  CHECK(summary.producers[1].name == "clang");
  CHECK(summary.producers[1].version == "14.0.6");
  CHECK(summary.has_features_section);
  CHECK(summary.declared_features.names() == std::vector<std::string_view>{"sign-ext"});
  CHECK(summary.unknown_features == std::vector<std::string>{"future"});
  CHECK(summary.has_debug_info);
  REQUIRE(summary.custom_sections.size() == 4);
  CHECK(summary.custom_sections[0].name == "name");
  CHECK(summary.custom_sections[0].offset == 8);
  CHECK(summary.custom_sections[0].size == 15);
  CHECK(summary.custom_sections[3].size == 2 + 12 + 5);
  CHECK(summary.custom_size == summary.size - 8);
}

TEST_CASE("a malformed custom section is noted and is not an error") {
  for (const char* name : {"name", "producers", "target_features"}) {
    CAPTURE(name);
    const Summary summary = summary_of(module_of({custom(name, bytes({5, 5, 5}))}));
    REQUIRE(summary.custom_sections.size() == 1);
    CHECK(summary.custom_sections[0].is_malformed);
  }
  CHECK_FALSE(summary_of(module_of({custom("mine", bytes({5}))})).custom_sections[0].is_malformed);
}

TEST_CASE("types are written as in the text format") {
  const auto memory_type = [](const std::string& limits) {
    return summary_of(module_of({section(2, list({sized("m") + sized("x") + "\2" + limits}))}))
        .imports[0]
        .type;
  };
  CHECK(memory_type(bytes({1, 1, 2})) == "1 2");
  CHECK(memory_type(bytes({3, 1, 2})) == "1 2 shared");
  CHECK(memory_type(bytes({4, 1})) == "i64 1");
  CHECK(memory_type(bytes({8, 1, 0})) == "1 (pagesize 1)");
  const auto import_type = [](const std::string& type) {
    return summary_of(module_of({section(2, list({sized("m") + sized("x") + type}))}))
        .imports[0]
        .type;
  };
  CHECK(import_type(bytes({1, 0x70, 0, 2})) == "2 funcref");
  CHECK(import_type(bytes({1, 0x6F, 1, 2, 3})) == "2 3 externref");
  CHECK(import_type(bytes({3, 0x7F, 1})) == "mut i32");
  CHECK(import_type(bytes({3, 0x64, 0x6B, 0})) == "(ref struct)");
  CHECK(import_type(bytes({3, 0x63, 5, 0})) == "(ref null 5)");
  const std::string many(20, '\x7E');
  CHECK(summary_of(module_of({section(1, list({bytes({0x60, 20}) + many + bytes({2, 0x7D, 0x7B})})),
                              section(2, list({import_function("m", "f", 0)}))}))
            .imports[0]
            .type ==
        "(i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, …) -> "
        "(f32, v128)");
}

TEST_CASE("with Depth::headers bodies and data are stepped over") {
  const std::string nonsense =
      module_of({two_types(), section(3, list({bytes({0})})),
                 section(10, list({sized("\xFF\xFF\xFF")})), section(11, list({"\xFF\xFF"}))});
  const Summary summary = summary_of(nonsense, Depth::headers);
  CHECK(summary.function_count == 1);
  CHECK(summary.code_size == 5);
  CHECK(summary.data_size == 3);
  CHECK(kind_of_error([&] { (void)summary_of(nonsense); }) == "invalid");
}
