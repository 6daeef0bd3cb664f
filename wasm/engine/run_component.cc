// Runs a component that is a command: its export wasi:cli/run, of any WASI 0.2 release.
#include <string>
#include <vector>

#include <fmt/format.h>

#include "modulah/base/error.h"

#include "commands.h"
#include "words.h"

namespace modulah::wasm {
namespace {

using wasmtime::Api;
using wasmtime::Component;
using wasmtime::ComponentLinker;
using wasmtime::ExportIndex;
using wasmtime::Failure;

constexpr std::string_view kRun = "wasi:cli/run@";

std::vector<std::string> export_names(const Call& call, const Component* component) {
  const Api& api = *call.engine.api;
  const Owned<wasmtime::ComponentType> type(api.component_type(component),
                                            api.component_type_delete);
  std::vector<std::string> names;
  wasmtime::EngineHandle* engine = call.engine.engine.get();
  const std::size_t count = api.component_type_export_count(type.get(), engine);
  for (std::size_t i = 0; i < count; ++i) {
    const char* name = nullptr;
    std::size_t size = 0;
    wasmtime::ComponentItem item;
    if (!api.component_type_export_nth(type.get(), engine, i, &name, &size, &item)) continue;
    names.emplace_back(name, size);
    api.component_item_delete(&item);
  }
  return names;
}

/// The name of the interface to run. Throws Error when there is none that we can run.
std::string run_interface(const Call& call, const Component* component) {
  bool is_server = false;
  for (const std::string& name : export_names(call, component)) {
    if (name.starts_with("wasi:http/")) is_server = true;
    if (!name.starts_with(kRun)) continue;
    const std::string_view version = std::string_view(name).substr(kRun.size());
    if (version.starts_with("0.2.")) return name;
    throw Error(ErrorKind::unsupported,
                fmt::format("{}: is a command of WASI {}, and the embedded engine runs 0.2",
                            call.name, version),
                "Run it with the wasmtime program: --engine wasmtime.");
  }
  throw Error(ErrorKind::invalid,
              fmt::format("{}: is a component that does not export {}0.2.x, so it is not a command",
                          call.name, kRun),
              is_server
                  ? "It answers HTTP requests; serve it with the wasmtime program: wasmtime serve."
                  : "Build it as a command (a program with main), for wasm32-wasip2.");
}

}  // namespace

GuestResult run_component(const Call& call, const Component* component) {
  const Api& api = *call.engine.api;
  if (!call.options.function.empty())
    throw Error(ErrorKind::unsupported,
                fmt::format("{}: is a component; only its wasi:cli/run can be run", call.name));
  const std::string interface = run_interface(call, component);
  const Owned<ComponentLinker> linker(api.component_linker_new(call.engine.engine.get()),
                                      api.component_linker_delete);
  if (Failure* failure = api.component_linker_add_wasip2(linker.get()))
    throw Error(ErrorKind::unsupported, words_of(take_message(api, failure)).text);
  wasmtime::ComponentInstance instance;
  if (Failure* failure =
          api.component_linker_instantiate(linker.get(), call.context, component, &instance)) {
    GuestResult result = result_of(api, failure, nullptr);
    if (!result.trap || !result.trap->frames.empty()) return result;
    throw Error(
        ErrorKind::invalid,
        fmt::format("{}: cannot be instantiated: {}", call.name, result.trap->message),
        "A component can only import from WASI 0.2; compose it with components that provide the "
        "rest (wac plug).");
  }

  const Owned<ExportIndex> outer(
      api.component_get_export_index(component, nullptr, interface.data(), interface.size()),
      api.component_export_index_delete);
  constexpr std::string_view kFunction = "run";
  const Owned<ExportIndex> inner(
      api.component_get_export_index(component, outer.get(), kFunction.data(), kFunction.size()),
      api.component_export_index_delete);
  wasmtime::ComponentFunc function;
  if (!inner || !api.component_instance_get_func(&instance, call.context, inner.get(), &function))
    throw Error(ErrorKind::invalid,
                fmt::format("{}: its {} does not have the function run", call.name, interface));

  wasmtime::ComponentValue value;
  Failure* failure = api.component_func_call(&function, call.context, nullptr, 0, &value, 1);
  if (failure != nullptr) return result_of(api, failure, nullptr);
  // run returns result<_, _>: an error is a failure without a number.
  const bool is_ok = value.kind == wasmtime::kComponentResult && value.result.is_ok;
  api.component_val_delete(&value);
  return {is_ok ? 0 : 1, std::nullopt};
}

}  // namespace modulah::wasm
