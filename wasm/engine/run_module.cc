// Runs a core module: WASI preview 1, the function to call, and errors that explain what is
// missing.
#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "modulah/base/error.h"

#include "commands.h"
#include "words.h"

namespace modulah::wasm {
namespace {

using wasmtime::Api;
using wasmtime::Extern;
using wasmtime::Failure;
using wasmtime::Linker;
using wasmtime::TrapHandle;

std::vector<std::string> export_names(const Api& api, const wasmtime::Module* module) {
  wasmtime::ExportVec exports;
  api.module_exports(module, &exports);
  std::vector<std::string> names;
  for (const wasmtime::ExportType* entry : std::span(exports.data, exports.size))
    names.emplace_back(view_of(api.exporttype_name(entry)));
  api.exporttype_vec_delete(&exports);
  return names;
}

/// Throws Error invalid when the module does not export the function to call.
void require_start(const Call& call, const wasmtime::Module* module, std::string_view function) {
  const std::vector<std::string> names = export_names(*call.engine.api, module);
  const auto has = [&](std::string_view wanted) {
    return std::find(names.begin(), names.end(), wanted) != names.end();
  };
  if (has(function)) return;
  std::string hint;
  if (function == "_start" && has("_initialize"))
    hint =
        "It is a reactor, a library of functions. Build it as a command (a program with main), or "
        "name a function in the entry point: \"app.wasm#function\".";
  else if (function == "_start")
    hint = "Build it as a WASI command: a program with main, for wasm32-wasip1.";
  throw Error(ErrorKind::invalid,
              fmt::format("{}: does not export the function {}", call.name, function), hint);
}

/// What could provide an import that WASI preview 1 does not.
std::string supplier_of(std::string_view module) {
  if (module == "wasi_snapshot_preview1") return "The function is not part of WASI preview 1.";
  if (module == "wasi_unstable")
    return "The module was built for WASI preview 0; rebuild it for wasm32-wasip1.";
  if (module == "env")
    return "The linker left it undefined (--allow-undefined), or it is provided by Emscripten's "
           "JavaScript; link the library that defines it.";
  if (module == "wasi" || module == "wasi:thread")
    return "It requires WASI threads, which the embedded engine does not support; try --engine "
           "wasmtime or iwasm.";
  if (module.starts_with("wasi_nn") || module.starts_with("wasi_ephemeral"))
    return "It requires an extension of WASI; try --engine wasmedge with its plugins.";
  if (module == "wbg" || module.starts_with("__wbindgen"))
    return "It was built for JavaScript with wasm-bindgen; build for wasm32-wasip1 without it.";
  if (module == "gojs" || module == "go")
    return "It was built for JavaScript by Go; build it with GOOS=wasip1.";
  if (module.starts_with("wasi:"))
    return "It requires WASI 0.2; turn it into a component first (wasm-tools component new).";
  return "A command can only import from WASI preview 1 (wasi_snapshot_preview1).";
}

/// Throws Error invalid naming the first import that `linker` does not define, if there is one.
void require_imports(const Call& call, const Linker* linker, const wasmtime::Module* module) {
  const Api& api = *call.engine.api;
  wasmtime::ImportVec imports;
  api.module_imports(module, &imports);
  std::string missing_module;
  std::string missing_name;
  bool is_missing = false;
  for (const wasmtime::ImportType* entry : std::span(imports.data, imports.size)) {
    const std::string_view from = view_of(api.importtype_module(entry));
    const std::string_view name = view_of(api.importtype_name(entry));
    Extern found;
    is_missing = !api.linker_get(linker, call.context, from.data(), from.size(), name.data(),
                                 name.size(), &found);
    if (is_missing) {
      missing_module = from;
      missing_name = name;
      break;
    }
  }
  api.importtype_vec_delete(&imports);
  if (is_missing)
    throw Error(
        ErrorKind::invalid,
        fmt::format("{}: imports \"{}\" from \"{}\", which the embedded engine does not provide",
                    call.name, missing_name, missing_module),
        supplier_of(missing_module));
}

/// The status that the guest passed to proc_exit.
using ExitStatus = std::optional<std::uint32_t>;

wasmtime::Value first_of(const wasmtime::Value* args, std::size_t count) {
  return count == 0 ? wasmtime::Value() : *args;
}

/// proc_exit of WASI preview 1. Wasmtime's own treats a status above 125 as a mistake and traps.
/// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#proc_exit
struct Exit {
  const Api& api;
  ExitStatus status;

  static TrapHandle* call(void* data, wasmtime::Caller*, const wasmtime::Value* args,
                          std::size_t count, wasmtime::Value*, std::size_t) {
    Exit& self = *static_cast<Exit*>(data);
    self.status = static_cast<std::uint32_t>(first_of(args, count).i32);
    constexpr std::string_view kMessage = "the guest called proc_exit";
    return self.api.trap_new(kMessage.data(), kMessage.size());
  }
};

/// Puts `exit`, which must outlive the guest, in place of Wasmtime's proc_exit.
void define_exit(const Api& api, Linker* linker, Exit& exit) {
  constexpr std::string_view kModule = "wasi_snapshot_preview1";
  constexpr std::string_view kName = "proc_exit";
  wasmtime::ValueType* const number = api.valtype_new(wasmtime::kI32);
  wasmtime::ValueTypeVec params;
  wasmtime::ValueTypeVec results;
  api.valtype_vec_new(&params, 1, &number);
  api.valtype_vec_new_empty(&results);
  const Owned<wasmtime::FuncType> type(api.functype_new(&params, &results), api.functype_delete);
  api.linker_allow_shadowing(linker, true);
  if (Failure* failure =
          api.linker_define_func(linker, kModule.data(), kModule.size(), kName.data(), kName.size(),
                                 type.get(), Exit::call, &exit, nullptr))
    throw Error(ErrorKind::unsupported, words_of(take_message(api, failure)).text);
}

/// How the guest ended, with the status that it passed to proc_exit. As for any process of the
/// system, only the low 8 bits count.
GuestResult with_exit(GuestResult result, const Exit& exit) {
  if (!exit.status) return result;
  return {static_cast<int>(*exit.status & 0xff), std::nullopt};
}

}  // namespace

GuestResult run_module(const Call& call, const wasmtime::Module* module) {
  const Api& api = *call.engine.api;
  const std::string_view function =
      call.options.function.empty() ? std::string_view("_start") : call.options.function;
  require_start(call, module, function);
  const Owned<Linker> linker(api.linker_new(call.engine.engine.get()), api.linker_delete);
  if (Failure* failure = api.linker_define_wasi(linker.get()))
    throw Error(ErrorKind::unsupported, words_of(take_message(api, failure)).text);
  Exit exit{api, std::nullopt};
  define_exit(api, linker.get(), exit);

  wasmtime::Instance instance;
  TrapHandle* trap = nullptr;
  Failure* failure = api.linker_instantiate(linker.get(), call.context, module, &instance, &trap);
  if (trap != nullptr) return with_exit(result_of(api, nullptr, trap), exit);
  if (failure != nullptr) {
    GuestResult result = with_exit(result_of(api, failure, nullptr), exit);
    // The module's start section may have ended it, which is the guest's doing.
    if (!result.trap || !result.trap->frames.empty()) return result;
    require_imports(call, linker.get(), module);
    throw Error(ErrorKind::invalid,
                fmt::format("{}: cannot be instantiated: {}", call.name, result.trap->message));
  }

  Extern start;
  if (!api.instance_export_get(call.context, &instance, function.data(), function.size(), &start) ||
      start.kind != wasmtime::kExternFunc)
    throw Error(ErrorKind::invalid,
                fmt::format("{}: its export {} is not a function", call.name, function));
  failure = api.func_call(call.context, &start.func, nullptr, 0, nullptr, 0, &trap);
  return with_exit(result_of(api, failure, trap), exit);
}

}  // namespace modulah::wasm
