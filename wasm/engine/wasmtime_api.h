// The part of Wasmtime's C API that we call, declared by hand for one major version.
//
// The library comes without headers, and its C API changes from version to version under the same
// names: `wasi_config_preopen_dir` alone has had three signatures. So they are declared here, in
// one place, for version `kWasmtimeMajor` (engine.h) and no other, and `load_api` returns the table
// only for a library that exports every name. Functions whose signature has been the same for years
// are in `Stable`: they are what may be called before the version is known.
//
// https://docs.wasmtime.dev/c-api/ has the meaning of each. The rules of ownership in short: `_new`
// is to be deleted, an out-parameter is to be deleted, `wasi_config` goes over to the store,
// `Config` goes over to the engine, and a returned `Failure*` is null when all went well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace modulah::wasm::wasmtime {

// Opaque to us: wasm_config_t, wasm_engine_t, wasmtime_store_t and so on.
struct Config;
struct EngineHandle;
struct Store;
struct Context;
struct Module;
struct Linker;
struct Failure;  // wasmtime_error_t
struct TrapHandle;
struct Frame;
struct WasiConfig;
struct Component;
struct ComponentLinker;
struct ComponentType;
struct ExportIndex;
struct ImportType;
struct ExportType;
struct Caller;
struct FuncType;
struct ValueType;

/// wasm_byte_vec_t and wasm_name_t: owned by the library whose function filled it.
struct ByteVec {
  std::size_t size = 0;
  char* data = nullptr;
};
/// wasm_frame_vec_t
struct FrameVec {
  std::size_t size = 0;
  Frame** data = nullptr;
};
/// wasm_importtype_vec_t
struct ImportVec {
  std::size_t size = 0;
  ImportType** data = nullptr;
};
/// wasm_exporttype_vec_t
struct ExportVec {
  std::size_t size = 0;
  ExportType** data = nullptr;
};
/// wasm_valtype_vec_t
struct ValueTypeVec {
  std::size_t size = 0;
  ValueType** data = nullptr;
};
/// wasm_valkind_t of a 32-bit integer.
inline constexpr std::uint8_t kI32 = 0;
/// wasmtime_val_t; only 32-bit integers are looked into.
struct Value {
  std::uint8_t kind = 0;
  union {
    std::int32_t i32;
    std::uint64_t room[3];
  };
  Value() : room{} {}
};
static_assert(sizeof(Value) == 32);
/// wasmtime_instance_t and wasmtime_func_t: names within a store, not to be deleted.
struct Instance {
  std::uint64_t store_id = 0;
  std::size_t index = 0;
};
struct Func {
  std::uint64_t store_id = 0;
  void* pointer = nullptr;
};
/// wasmtime_extern_t; only functions are looked into.
struct Extern {
  std::uint8_t kind = 0;
  union {
    Func func;
    std::byte room[24];
  };
  Extern() : room{} {}
};
static_assert(sizeof(Extern) == 32);
inline constexpr std::uint8_t kExternFunc = 0;

/// wasmtime_component_instance_t, wasmtime_component_func_t
struct ComponentInstance {
  std::uint64_t store_id = 0;
  std::uint32_t index = 0;
};
struct ComponentFunc {
  std::uint64_t store_id = 0;
  std::uint32_t index_1 = 0;
  std::uint32_t room = 0;
  std::uint32_t index_2 = 0;
};
static_assert(sizeof(ComponentFunc) == 24);
struct ComponentValue;
/// wasmtime_component_valresult_t
struct ComponentResult {
  bool is_ok;
  ComponentValue* value;
};
/// wasmtime_component_val_t; only results are looked into.
struct ComponentValue {
  std::uint8_t kind = 0;
  union {
    ComponentResult result;
    std::byte room[24];
  };
  ComponentValue() : room{} {}
};
static_assert(sizeof(ComponentValue) == 32);
inline constexpr std::uint8_t kComponentResult = 19;

/// wasmtime_component_item_t: what an import or export of a component is.
struct ComponentItem {
  std::uint8_t kind = 0;
  void* room[2] = {};
};
static_assert(sizeof(ComponentItem) == 24);

using WriteCallback = std::ptrdiff_t (*)(void* data, const unsigned char* bytes, std::size_t size);
using Finalizer = void (*)(void* data);
/// A function of the host that a guest calls. A trap that it returns ends the guest.
using HostFunction = TrapHandle* (*)(void* data, Caller*, const Value* args, std::size_t count,
                                     Value* results, std::size_t result_count);
/// Says what happens when the epoch reaches the deadline: an error ends the guest; null and
/// `*update` = kContinue lets it run for `*delta` more.
using DeadlineCallback = Failure* (*)(Context* context, void* data, std::uint64_t* delta,
                                      std::uint8_t* update);
inline constexpr std::uint8_t kContinue = 0;

/// Signatures that have been the same in all versions with a stable module format.
struct Stable {
  Config* (*wasm_config_new)() = nullptr;
  void (*config_epoch_interruption_set)(Config*, bool) = nullptr;
  void (*config_parallel_compilation_set)(Config*, bool) = nullptr;
  void (*config_wasm_component_model_set)(Config*, bool) = nullptr;
  EngineHandle* (*wasm_engine_new_with_config)(Config*) = nullptr;
  void (*wasm_engine_delete)(EngineHandle*) = nullptr;
  void (*wasm_byte_vec_delete)(ByteVec*) = nullptr;
  void (*error_message)(const Failure*, ByteVec* out) = nullptr;
  void (*error_delete)(Failure*) = nullptr;
  Failure* (*module_new)(EngineHandle*, const std::uint8_t*, std::size_t, Module** out) = nullptr;
  Failure* (*module_validate)(EngineHandle*, const std::uint8_t*, std::size_t) = nullptr;
  Failure* (*module_serialize)(Module*, ByteVec* out) = nullptr;
  Failure* (*module_deserialize)(EngineHandle*, const std::uint8_t*, std::size_t,
                                 Module** out) = nullptr;
  void (*module_delete)(Module*) = nullptr;
};

struct Api : Stable {
  /// The library exports a name with version kWasmtimeMajor in it. One that does not may still be
  /// of that version.
  bool is_named_after_version = false;

  Failure* (*error_new)(const char*) = nullptr;
  bool (*error_exit_status)(const Failure*, int* status) = nullptr;
  void (*error_wasm_trace)(const Failure*, FrameVec* out) = nullptr;

  void (*engine_increment_epoch)(EngineHandle*) = nullptr;

  void (*module_imports)(const Module*, ImportVec* out) = nullptr;
  void (*importtype_vec_delete)(ImportVec*) = nullptr;
  void (*module_exports)(const Module*, ExportVec* out) = nullptr;
  void (*exporttype_vec_delete)(ExportVec*) = nullptr;
  const ByteVec* (*exporttype_name)(const ExportType*) = nullptr;
  const ByteVec* (*importtype_module)(const ImportType*) = nullptr;
  const ByteVec* (*importtype_name)(const ImportType*) = nullptr;

  Store* (*store_new)(EngineHandle*, void* data, Finalizer) = nullptr;
  void (*store_delete)(Store*) = nullptr;
  Context* (*store_context)(Store*) = nullptr;
  void (*store_limiter)(Store*, std::int64_t memory_bytes, std::int64_t table_elements,
                        std::int64_t instances, std::int64_t tables,
                        std::int64_t memories) = nullptr;
  void (*context_set_epoch_deadline)(Context*, std::uint64_t ticks) = nullptr;
  void (*store_epoch_deadline_callback)(Store*, DeadlineCallback, void* data, Finalizer) = nullptr;
  Failure* (*context_set_wasi)(Context*, WasiConfig*) = nullptr;

  WasiConfig* (*wasi_config_new)() = nullptr;
  void (*wasi_config_delete)(WasiConfig*) = nullptr;
  bool (*wasi_config_set_argv)(WasiConfig*, std::size_t, const char* const*) = nullptr;
  bool (*wasi_config_set_env)(WasiConfig*, std::size_t, const char* const* names,
                              const char* const* values) = nullptr;
  void (*wasi_config_inherit_stdin)(WasiConfig*) = nullptr;
  void (*wasi_config_inherit_stdout)(WasiConfig*) = nullptr;
  void (*wasi_config_inherit_stderr)(WasiConfig*) = nullptr;
  void (*wasi_config_set_stdin_bytes)(WasiConfig*, ByteVec* taken) = nullptr;
  void (*wasi_config_set_stdout_custom)(WasiConfig*, WriteCallback, void*, Finalizer) = nullptr;
  void (*wasi_config_set_stderr_custom)(WasiConfig*, WriteCallback, void*, Finalizer) = nullptr;
  bool (*wasi_config_preopen_dir)(WasiConfig*, const char* host, const char* guest,
                                  bool is_writable) = nullptr;
  void (*wasm_byte_vec_new)(ByteVec* out, std::size_t, const char*) = nullptr;

  Linker* (*linker_new)(EngineHandle*) = nullptr;
  void (*linker_delete)(Linker*) = nullptr;
  Failure* (*linker_define_wasi)(Linker*) = nullptr;
  void (*linker_allow_shadowing)(Linker*, bool) = nullptr;
  Failure* (*linker_define_func)(Linker*, const char* module, std::size_t, const char* name,
                                 std::size_t, const FuncType*, HostFunction, void* data,
                                 Finalizer) = nullptr;
  ValueType* (*valtype_new)(std::uint8_t kind) = nullptr;
  void (*valtype_vec_new)(ValueTypeVec* out, std::size_t, ValueType* const* taken) = nullptr;
  void (*valtype_vec_new_empty)(ValueTypeVec* out) = nullptr;
  FuncType* (*functype_new)(ValueTypeVec* params_taken, ValueTypeVec* results_taken) = nullptr;
  void (*functype_delete)(FuncType*) = nullptr;
  Failure* (*linker_instantiate)(const Linker*, Context*, const Module*, Instance* out,
                                 TrapHandle** trap) = nullptr;
  bool (*linker_get)(const Linker*, Context*, const char* module, std::size_t, const char* name,
                     std::size_t, Extern* out) = nullptr;
  bool (*instance_export_get)(Context*, const Instance*, const char* name, std::size_t,
                              Extern* out) = nullptr;
  Failure* (*func_call)(Context*, const Func*, const void* args, std::size_t, void* results,
                        std::size_t, TrapHandle** trap) = nullptr;

  TrapHandle* (*trap_new)(const char* message, std::size_t) = nullptr;
  void (*trap_message)(const TrapHandle*, ByteVec* out) = nullptr;
  void (*trap_trace)(const TrapHandle*, FrameVec* out) = nullptr;
  void (*trap_delete)(TrapHandle*) = nullptr;
  void (*frame_vec_delete)(FrameVec*) = nullptr;
  std::uint32_t (*frame_func_index)(const Frame*) = nullptr;
  std::size_t (*frame_module_offset)(const Frame*) = nullptr;
  const ByteVec* (*frame_func_name)(const Frame*) = nullptr;
  const ByteVec* (*frame_module_name)(const Frame*) = nullptr;

  Failure* (*component_new)(EngineHandle*, const std::uint8_t*, std::size_t,
                            Component** out) = nullptr;
  Failure* (*component_serialize)(const Component*, ByteVec* out) = nullptr;
  Failure* (*component_deserialize)(EngineHandle*, const std::uint8_t*, std::size_t,
                                    Component** out) = nullptr;
  void (*component_delete)(Component*) = nullptr;
  ComponentType* (*component_type)(const Component*) = nullptr;
  void (*component_type_delete)(ComponentType*) = nullptr;
  std::size_t (*component_type_export_count)(const ComponentType*, EngineHandle*) = nullptr;
  bool (*component_type_export_nth)(const ComponentType*, EngineHandle*, std::size_t,
                                    const char** name, std::size_t* size,
                                    ComponentItem* out) = nullptr;
  void (*component_item_delete)(ComponentItem*) = nullptr;
  ExportIndex* (*component_get_export_index)(const Component*, const ExportIndex* of,
                                             const char* name, std::size_t) = nullptr;
  void (*component_export_index_delete)(ExportIndex*) = nullptr;
  ComponentLinker* (*component_linker_new)(EngineHandle*) = nullptr;
  void (*component_linker_delete)(ComponentLinker*) = nullptr;
  Failure* (*component_linker_add_wasip2)(ComponentLinker*) = nullptr;
  Failure* (*component_linker_instantiate)(const ComponentLinker*, Context*, const Component*,
                                           ComponentInstance* out) = nullptr;
  bool (*component_instance_get_func)(const ComponentInstance*, Context*, const ExportIndex*,
                                      ComponentFunc* out) = nullptr;
  Failure* (*component_func_call)(const ComponentFunc*, Context*, const ComponentValue* args,
                                  std::size_t, ComponentValue* results, std::size_t) = nullptr;
  void (*component_val_delete)(ComponentValue*) = nullptr;
};

/// Loads a library and finds every function in it. It stays loaded until the process ends: Wasmtime
/// has threads and signal handlers of its own. Throws Error: not_found when it is a plain name that
/// the system's loader does not know, unsupported when it cannot be loaded or misses a function.
[[nodiscard]] std::shared_ptr<const Api> load_api(const std::filesystem::path& library);

/// The major version of Wasmtime that serialized code says it was made by, or 0 when it does not
/// say. Reads the ELF section ".wasmtime.engine": a byte for the kind of version, its length, its
/// text.
[[nodiscard]] unsigned version_of_artifact(std::span<const std::byte> artifact);

}  // namespace modulah::wasm::wasmtime
