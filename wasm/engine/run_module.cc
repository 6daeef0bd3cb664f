// Runs a core module: WASI preview 1, a function to call, and good words when that cannot be.
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

/// Throws Error invalid when the module has no function to begin with.
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
        "name a function: \"app.wasm#function\" as the entry point.";
  else if (function == "_start")
    hint = "Build it as a WASI command: a program with main, for wasm32-wasip1.";
  throw Error(ErrorKind::invalid, fmt::format("{}: has no function {}", call.name, function), hint);
}

/// What could supply an import that WASI preview 1 does not.
std::string supplier_of(std::string_view module) {
  if (module == "wasi_snapshot_preview1")
    return "The function is no part of WASI preview 1; a newer tool chain may have made it up.";
  if (module == "wasi_unstable")
    return "The module was made for WASI preview 0; compile it anew for wasm32-wasip1.";
  if (module == "env")
    return "It is left open by the linker (--allow-undefined) or meant for Emscripten's "
           "JavaScript; "
           "link what defines it.";
  if (module == "wasi" || module == "wasi:thread")
    return "It wants WASI threads, which the embedded engine does not have; try --engine wasmtime "
           "or iwasm.";
  if (module.starts_with("wasi_nn") || module.starts_with("wasi_ephemeral"))
    return "It wants an extension of WASI; try --engine wasmedge with its plugins.";
  if (module == "wbg" || module.starts_with("__wbindgen"))
    return "It was made by wasm-bindgen for JavaScript; build for wasm32-wasip1 without it.";
  if (module == "gojs" || module == "go")
    return "It was built by Go for JavaScript; build it with GOOS=wasip1.";
  if (module.starts_with("wasi:"))
    return "It wants WASI 0.2; make it a component first (wasm-tools component new).";
  return "A command can import from WASI preview 1 (wasi_snapshot_preview1) only.";
}

/// Throws Error invalid naming the first import that `linker` has nothing for, or returns.
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
    throw Error(ErrorKind::invalid,
                fmt::format("{}: imports \"{}\" from \"{}\", which nothing here supplies",
                            call.name, missing_name, missing_module),
                supplier_of(missing_module));
}

/// What the guest has given proc_exit.
using ExitStatus = std::optional<std::uint32_t>;

wasmtime::Value first_of(const wasmtime::Value* args, std::size_t count) {
  return count == 0 ? wasmtime::Value() : *args;
}

/// proc_exit of WASI preview 1. Wasmtime's own takes a status above 125 for a mistake and traps.
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

/// How the guest ended, with the status that it gave proc_exit. A process's status has 8 bits, so
/// of a larger number the low ones count, as for any program of the system.
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
    // It may be the module's start section that ended, which is the guest's doing.
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
