// The rules about modules, on real bytes through the reader.
#include "modulah/validate/module.h"

#include <string>

#include "modulah/base/io.h"

#include "findings.h"
#include "modulah_test/catch.h"
#include "modulah_test/wasm_bytes.h"

using modulah::as_bytes;
using modulah::validate::check_copied_file;
using modulah::validate::FileKind;
using modulah::validate::ModuleUse;
using modulah::validate::test::text_of;
using namespace std::string_literals;
namespace test = modulah::test;

namespace {

std::string findings_of(const std::string& module, ModuleUse use = ModuleUse::entry_point) {
  return text_of(modulah::validate::check_module(
      modulah::wasm::summarize(as_bytes(module), "app.wasm"), "/app.wasm", use));
}

struct Import {
  std::string_view module;
  std::string_view name;
};

/// A command with a memory that imports these functions.
std::string command_with(std::initializer_list<Import> imports, const std::string& more = "") {
  std::string functions = test::leb(imports.size());
  for (const Import& import : imports)
    functions += test::import_function(import.module, import.name, 1);
  const auto start = static_cast<unsigned>(imports.size());
  return test::module_of(
      {test::two_types(), test::section(2, functions),
       test::section(3, test::list({test::bytes({0})})),
       test::section(5, test::list({test::bytes({0, 1})})),
       test::section(7, test::list({test::export_function("_start", start),
                                    test::sized("memory") + test::bytes({2, 0})})),
       test::section(10, test::list({test::body("")})), more});
}

/// A module with one function of this type (of two_types) that is exported under these names.
std::string module_exporting(std::initializer_list<std::string> names, unsigned type = 0) {
  std::string exports = test::leb(names.size());
  for (const std::string& name : names) exports += test::export_function(name, 0);
  return test::module_of({test::two_types(), test::section(3, test::list({test::bytes({type})})),
                          test::section(7, exports),
                          test::section(10, test::list({test::body(test::bytes({0}))}))});
}

}  // namespace

TEST_CASE("A command of preview 1 has no findings") {
  CHECK(findings_of(test::command_module()) == "");
  CHECK(findings_of(command_with({{"wasi_snapshot_preview1", "fd_write"},
                                  {"wasi_snapshot_preview1", "sock_accept"}})) == "");
  CHECK(findings_of(module_exporting({"_start"})) == "");
}

TEST_CASE("What has no _start is no command") {
  const std::string reactor =
      "exports no _start function: it is a reactor, not a command [EntryPointNoStart]\n"
      "  Compile it as a command; or name a function with PATH#FUNCTION as entry point, which "
      "containerd's shims and modulah run call.\n";
  CHECK(findings_of(module_exporting({"_initialize"})) == "/app.wasm: error: " + reactor);
  CHECK(findings_of(module_exporting({"_initialize"}), ModuleUse::file) ==
        "/app.wasm: warning: " + reactor);
  CHECK(findings_of(module_exporting({"_initialize"}), ModuleUse::function) == "");
  CHECK(findings_of(module_exporting({"add"})) ==
        "/app.wasm: error: exports no _start function: it is a library, not a command "
        "[EntryPointNoStart]\n"
        "  Compile it as a command; or name a function with PATH#FUNCTION as entry point, which "
        "containerd's shims and modulah run call.\n");
  CHECK(findings_of(module_exporting({"_start"}, 1)) ==
        "/app.wasm: error: exports a _start that takes or gives values [EntryPointNoStart]\n"
        "  The start of a command has the type () -> ().\n");
  CHECK(findings_of(module_exporting({"_start", "_initialize"})) ==
        "/app.wasm: warning: exports both _start and _initialize [EntryPointTwoStarts]\n"
        "  Compile it as a command or as a reactor.\n");
}

TEST_CASE("What is not linked, or is a component") {
  CHECK(findings_of(test::module_of({test::custom("linking", test::bytes({2}))})) ==
        "/app.wasm: error: is an object file, not a program [EntryPointNotLinked]\n"
        "  Link it to a command, for instance with clang --target=wasm32-wasi.\n");
  CHECK(findings_of(test::module_of({test::custom("dylink.0", "")})) ==
        "/app.wasm: error: is a shared library, not a program [EntryPointNotLinked]\n"
        "  Link it to a command, for instance with clang --target=wasm32-wasi.\n");
  CHECK(findings_of(test::component_of({})) ==
        "/app.wasm: warning: is a component; crun, podman and cri-o run modules of preview 1 only "
        "[EntryPointComponent]\n"
        "  Compile for wasm32-wasip1, or run it with containerd's shims, Wasmtime or modulah "
        "run.\n");
}

TEST_CASE("Imports that a WASI runtime does not have") {
  struct Case {
    Import import;
    const char* findings;
  };
  constexpr Case kCases[] = {
      {{"wasi_snapshot_preview1", "fd_frobnicate"},
       "/app.wasm: error: imports \"fd_frobnicate\", which wasi_snapshot_preview1 does not have "
       "[EntryPointImports]\n"
       "  Compile it for wasm32-wasip1, with a toolchain that knows preview 1 as it is.\n"},
      {{"wasi_unstable", "fd_write"},
       "/app.wasm: warning: imports wasi_unstable, the preview before preview 1 "
       "[EntryPointPreview0]\n"
       "  Compile it with a newer toolchain for wasm32-wasip1.\n"},
      {{"wasi:cli/exit@0.2.0", "exit"},
       "/app.wasm: error: imports \"wasi:cli/exit@0.2.0\", which only a component can "
       "[EntryPointImports]\n"
       "  Make a component of it with wasm-tools component new, or compile for wasm32-wasip1.\n"},
      {{"env", "do_it"},
       "/app.wasm: error: needs functions that the linker did not find: it imports \"do_it\" of "
       "\"env\" [EntryPointImports]\n"
       "  Link it without --allow-undefined to see where they are used.\n"},
      {{"env", "emscripten_resize_heap"},
       "/app.wasm: error: needs the JavaScript of emscripten: it imports "
       "\"emscripten_resize_heap\" of \"env\" [EntryPointImports]\n"
       "  Compile with -sSTANDALONE_WASM, or with a compiler for wasm32-wasi.\n"},
      {{"wbg", "__wbg_log"},
       "/app.wasm: error: needs the JavaScript of wasm-bindgen: it imports \"__wbg_log\" of "
       "\"wbg\" [EntryPointImports]\n"
       "  Compile for the target wasm32-wasip1, without wasm-bindgen.\n"},
      {{"gojs", "runtime.wasmExit"},
       "/app.wasm: error: needs the JavaScript of Go: it imports \"runtime.wasmExit\" of \"gojs\" "
       "[EntryPointImports]\n"
       "  Compile with GOOS=wasip1 instead of GOOS=js.\n"},
      {{"wasi", "thread-spawn"},
       "/app.wasm: warning: needs wasi-threads: it imports \"thread-spawn\" of \"wasi\" "
       "[EntryPointExtensions]\n"
       "  Threads need an engine that has them and has them switched on; crun does not.\n"},
      {{"wasi_ephemeral_nn", "load"},
       "/app.wasm: warning: needs wasi-nn: it imports \"load\" of \"wasi_ephemeral_nn\" "
       "[EntryPointExtensions]\n"
       "  Only engines with this extension, and with it switched on, run it.\n"},
      {{"wasi_ephemeral_crypto_common", "options_open"},
       "/app.wasm: warning: needs wasi-crypto: it imports \"options_open\" of "
       "\"wasi_ephemeral_crypto_common\" [EntryPointExtensions]\n"
       "  Only engines with this extension, and with it switched on, run it.\n"},
      {{"env", "proxy_log"},
       "/app.wasm: note: needs proxy-wasm, which Envoy and Istio have: it imports \"proxy_log\" "
       "of \"env\" [PluginModule]\n"
       "  They take it from the image as plugin.wasm, in the last layer.\n"},
      {{"host", "call"},
       "/app.wasm: warning: imports \"call\" of \"host\", which is not WASI "
       "[EntryPointExtensions]\n"
       "  It runs only where the host has this function.\n"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.import.module, c.import.name);
    CHECK(findings_of(command_with({c.import})) == c.findings);
  }
}

TEST_CASE("A plugin needs no _start") {
  CHECK(findings_of(module_exporting({"proxy_abi_version_0_2_1"})) ==
        "/app.wasm: note: needs proxy-wasm, which Envoy and Istio have [PluginModule]\n"
        "  They take it from the image as plugin.wasm, in the last layer.\n");
}

TEST_CASE("WASI's functions need a memory that is exported") {
  const auto module_importing = [](std::string_view name) {
    return test::module_of(
        {test::two_types(),
         test::section(2, test::list({test::import_function("wasi_snapshot_preview1", name, 1)})),
         test::section(3, test::list({test::bytes({0})})),
         test::section(7, test::list({test::export_function("_start", 1)})),
         test::section(10, test::list({test::body("")}))});
  };
  CHECK(findings_of(module_importing("fd_write")) ==
        "/app.wasm: error: exports no \"memory\", which fd_write reads or writes "
        "[EntryPointMemory]\n"
        "  Export the memory under this name, as linkers do by default.\n");
  CHECK(findings_of(module_importing("proc_exit")) == "");
}

TEST_CASE("Code that WasmEdge has compiled into a module is named") {
  CHECK(findings_of(command_with({}, test::custom("wasmedge", "0123456789"))) ==
        "/app.wasm: note: has 21 bytes of code that WasmEdge compiled for one processor "
        "[EntryPointCompiledCode]\n"
        "  Copy the module as it was before wasmedge compile.\n");
}

TEST_CASE("A native program that is copied is named with its line") {
  CHECK(text_of(check_copied_file(FileKind::elf, "bin/app", "Containerfile", {2, 2, 6, 7})) ==
        "Containerfile:2:6: warning: bin/app is a native program (ELF), which no Wasm runtime can "
        "run [NativeBinaryCopied]\n"
        "  Compile for wasm32-wasip1 and copy the .wasm file.\n");
  CHECK(text_of(check_copied_file(FileKind::gzip, "/app.wasm", "Containerfile", {2, 2, 0, 0})) ==
        "Containerfile:2: warning: /app.wasm is a file compressed with gzip, not a WebAssembly "
        "module [WasmFileNotModule]\n"
        "  Decompress it before the build: gunzip.\n");
  CHECK(text_of(check_copied_file(FileKind::module, "app.wasm", "Containerfile", {})) == "");
  CHECK(text_of(check_copied_file(FileKind::script, "run.sh", "Containerfile", {})) == "");
}
