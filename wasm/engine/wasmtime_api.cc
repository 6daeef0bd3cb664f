// Fills the table of Wasmtime's functions.
#include "wasmtime_api.h"

#include <string>

#include <dlfcn.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/wasm/engine.h"

namespace modulah::wasm::wasmtime {
namespace {

/// Looks up names, and remembers the first one that is missing.
class Binder {
 public:
  explicit Binder(void* library) : library_(library) {}

  template <typename Function>
  void bind(Function& function, const char* name) {
    function = reinterpret_cast<Function>(dlsym(library_, name));
    if (function == nullptr && missing_.empty()) missing_ = name;
  }

  [[nodiscard]] const std::string& missing() const noexcept { return missing_; }

 private:
  void* library_;
  std::string missing_;
};

void bind_stable(Binder& b, Stable& api) {
  b.bind(api.wasm_config_new, "wasm_config_new");
  b.bind(api.config_epoch_interruption_set, "wasmtime_config_epoch_interruption_set");
  b.bind(api.config_parallel_compilation_set, "wasmtime_config_parallel_compilation_set");
  b.bind(api.config_wasm_component_model_set, "wasmtime_config_wasm_component_model_set");
  b.bind(api.wasm_engine_new_with_config, "wasm_engine_new_with_config");
  b.bind(api.wasm_engine_delete, "wasm_engine_delete");
  b.bind(api.wasm_byte_vec_delete, "wasm_byte_vec_delete");
  b.bind(api.error_message, "wasmtime_error_message");
  b.bind(api.error_delete, "wasmtime_error_delete");
  b.bind(api.module_new, "wasmtime_module_new");
  b.bind(api.module_validate, "wasmtime_module_validate");
  b.bind(api.module_serialize, "wasmtime_module_serialize");
  b.bind(api.module_deserialize, "wasmtime_module_deserialize");
  b.bind(api.module_delete, "wasmtime_module_delete");
}

void bind_errors_and_traps(Binder& b, Api& api) {
  b.bind(api.error_new, "wasmtime_error_new");
  b.bind(api.error_exit_status, "wasmtime_error_exit_status");
  b.bind(api.error_wasm_trace, "wasmtime_error_wasm_trace");
  b.bind(api.trap_new, "wasmtime_trap_new");
  b.bind(api.trap_message, "wasm_trap_message");
  b.bind(api.trap_trace, "wasm_trap_trace");
  b.bind(api.trap_delete, "wasm_trap_delete");
  b.bind(api.frame_vec_delete, "wasm_frame_vec_delete");
  b.bind(api.frame_func_index, "wasm_frame_func_index");
  b.bind(api.frame_module_offset, "wasm_frame_module_offset");
  b.bind(api.frame_func_name, "wasmtime_frame_func_name");
  b.bind(api.frame_module_name, "wasmtime_frame_module_name");
}

void bind_modules(Binder& b, Api& api) {
  b.bind(api.engine_increment_epoch, "wasmtime_engine_increment_epoch");
  b.bind(api.module_imports, "wasmtime_module_imports");
  b.bind(api.importtype_vec_delete, "wasm_importtype_vec_delete");
  b.bind(api.importtype_module, "wasm_importtype_module");
  b.bind(api.importtype_name, "wasm_importtype_name");
  b.bind(api.module_exports, "wasmtime_module_exports");
  b.bind(api.exporttype_vec_delete, "wasm_exporttype_vec_delete");
  b.bind(api.exporttype_name, "wasm_exporttype_name");
  b.bind(api.store_new, "wasmtime_store_new");
  b.bind(api.store_delete, "wasmtime_store_delete");
  b.bind(api.store_context, "wasmtime_store_context");
  b.bind(api.store_limiter, "wasmtime_store_limiter");
  b.bind(api.context_set_epoch_deadline, "wasmtime_context_set_epoch_deadline");
  b.bind(api.store_epoch_deadline_callback, "wasmtime_store_epoch_deadline_callback");
  b.bind(api.linker_new, "wasmtime_linker_new");
  b.bind(api.linker_delete, "wasmtime_linker_delete");
  b.bind(api.linker_define_wasi, "wasmtime_linker_define_wasi");
  b.bind(api.linker_allow_shadowing, "wasmtime_linker_allow_shadowing");
  b.bind(api.linker_define_func, "wasmtime_linker_define_func");
  b.bind(api.valtype_new, "wasm_valtype_new");
  b.bind(api.valtype_vec_new, "wasm_valtype_vec_new");
  b.bind(api.valtype_vec_new_empty, "wasm_valtype_vec_new_empty");
  b.bind(api.functype_new, "wasm_functype_new");
  b.bind(api.functype_delete, "wasm_functype_delete");
  b.bind(api.linker_instantiate, "wasmtime_linker_instantiate");
  b.bind(api.linker_get, "wasmtime_linker_get");
  b.bind(api.instance_export_get, "wasmtime_instance_export_get");
  b.bind(api.func_call, "wasmtime_func_call");
}

void bind_wasi(Binder& b, Api& api) {
  b.bind(api.context_set_wasi, "wasmtime_context_set_wasi");
  b.bind(api.wasi_config_new, "wasi_config_new");
  b.bind(api.wasi_config_delete, "wasi_config_delete");
  b.bind(api.wasi_config_set_argv, "wasi_config_set_argv");
  b.bind(api.wasi_config_set_env, "wasi_config_set_env");
  b.bind(api.wasi_config_inherit_stdin, "wasi_config_inherit_stdin");
  b.bind(api.wasi_config_inherit_stdout, "wasi_config_inherit_stdout");
  b.bind(api.wasi_config_inherit_stderr, "wasi_config_inherit_stderr");
  b.bind(api.wasi_config_set_stdin_bytes, "wasi_config_set_stdin_bytes");
  b.bind(api.wasi_config_set_stdout_custom, "wasi_config_set_stdout_custom");
  b.bind(api.wasi_config_set_stderr_custom, "wasi_config_set_stderr_custom");
  b.bind(api.wasi_config_preopen_dir, "wasi_config_preopen_dir");
  b.bind(api.wasm_byte_vec_new, "wasm_byte_vec_new");
}

void bind_components(Binder& b, Api& api) {
  b.bind(api.component_new, "wasmtime_component_new");
  b.bind(api.component_serialize, "wasmtime_component_serialize");
  b.bind(api.component_deserialize, "wasmtime_component_deserialize");
  b.bind(api.component_delete, "wasmtime_component_delete");
  b.bind(api.component_type, "wasmtime_component_type");
  b.bind(api.component_type_delete, "wasmtime_component_type_delete");
  b.bind(api.component_type_export_count, "wasmtime_component_type_export_count");
  b.bind(api.component_type_export_nth, "wasmtime_component_type_export_nth");
  b.bind(api.component_item_delete, "wasmtime_component_item_delete");
  b.bind(api.component_get_export_index, "wasmtime_component_get_export_index");
  b.bind(api.component_export_index_delete, "wasmtime_component_export_index_delete");
  b.bind(api.component_linker_new, "wasmtime_component_linker_new");
  b.bind(api.component_linker_delete, "wasmtime_component_linker_delete");
  b.bind(api.component_linker_add_wasip2, "wasmtime_component_linker_add_wasip2");
  b.bind(api.component_linker_instantiate, "wasmtime_component_linker_instantiate");
  b.bind(api.component_instance_get_func, "wasmtime_component_instance_get_func");
  b.bind(api.component_func_call, "wasmtime_component_func_call");
  b.bind(api.component_val_delete, "wasmtime_component_val_delete");
}

}  // namespace

namespace {

/// Wasmtime exports the functions of its debugging support with its version at the end of the name,
/// so that a program can contain two of them.
bool exports_versioned_name(void* library) {
  constexpr unsigned kPatches = 10;
  for (unsigned patch = 0; patch < kPatches; ++patch) {
    const std::string name = fmt::format("resolve_vmctx_memory_ptr_{}_0_{}", kWasmtimeMajor, patch);
    if (dlsym(library, name.c_str()) != nullptr) return true;
  }
  return false;
}

}  // namespace

std::shared_ptr<const Api> load_api(const std::filesystem::path& library) {
  // Never unloaded (RTLD_NODELETE): its threads and signal handlers may still run.
  void* handle = dlopen(library.c_str(), RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == nullptr) {
    const char* reason = dlerror();
    throw Error(library.has_parent_path() ? ErrorKind::unsupported : ErrorKind::not_found,
                fmt::format("Wasmtime library \"{}\" cannot be loaded: {}", library.native(),
                            reason == nullptr ? "unknown reason" : reason));
  }
  auto api = std::make_shared<Api>();
  Binder binder(handle);
  bind_stable(binder, *api);
  bind_errors_and_traps(binder, *api);
  bind_modules(binder, *api);
  bind_wasi(binder, *api);
  bind_components(binder, *api);
  api->is_named_after_version = exports_versioned_name(handle);
  dlclose(handle);
  if (!binder.missing().empty())
    throw Error(ErrorKind::unsupported,
                fmt::format("\"{}\" is not a complete Wasmtime {}: the function {} is missing",
                            library.native(), kWasmtimeMajor, binder.missing()),
                fmt::format("Use the C API library of Wasmtime {}.", kWasmtimeMajor));
  return api;
}

}  // namespace modulah::wasm::wasmtime
