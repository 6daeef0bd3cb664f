// What an Engine and a CompiledModule consist of; shared by this folder's .cc files only.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>

#include "modulah/wasm/engine.h"

#include "wasmtime_api.h"

namespace modulah::wasm {

/// Owns one of Wasmtime's objects; deleted by the C API's function for it.
template <typename T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

struct Engine::State {
  State(std::shared_ptr<const wasmtime::Api> functions, wasmtime::EngineHandle* handle,
        std::filesystem::path path, Interruption how, Cores where)
      : api(std::move(functions)),
        engine(handle, api->wasm_engine_delete),
        library(std::move(path)),
        interruption(how),
        cores(where),
        one_core_engine_(nullptr, api->wasm_engine_delete) {}

  /// Throws Error unsupported when the library is not of version kWasmtimeMajor. Costs compiling
  /// the empty module, once, unless an exported name tells. Call it before anything that is not in
  /// wasmtime::Stable, unless code of that version has been deserialized: Wasmtime refuses the code
  /// of another version.
  void require_version() const;
  /// The engine that validates and compiles: `engine`; or, when it would do so on all cores and the
  /// system has no threads for that, one that does it on the caller's.
  [[nodiscard]] wasmtime::EngineHandle* compiler() const;
  /// Throws Error io when the system has no threads for a guest; see threads_for_guest. Looks once.
  void require_guest_threads(unsigned workers) const;

  std::shared_ptr<const wasmtime::Api> api;  ///< Shared with the compiled modules.
  Owned<wasmtime::EngineHandle> engine;
  std::filesystem::path library;
  Interruption interruption;
  Cores cores;

 private:
  mutable std::once_flag is_version_checked_;
  mutable std::once_flag is_compiler_chosen_;
  mutable std::once_flag are_threads_checked_;
  mutable Owned<wasmtime::EngineHandle> one_core_engine_;  ///< Null: not needed.
};

struct CompiledModule::State {
  State(std::shared_ptr<const wasmtime::Api> functions, Owned<wasmtime::Module> code)
      : api(std::move(functions)),
        module(std::move(code)),
        component(nullptr, api->component_delete) {}
  State(std::shared_ptr<const wasmtime::Api> functions, Owned<wasmtime::Component> code)
      : api(std::move(functions)),
        module(nullptr, api->module_delete),
        component(std::move(code)) {}

  std::shared_ptr<const wasmtime::Api> api;  ///< Shared with the engine.
  Owned<wasmtime::Module> module;            ///< One of the two is null.
  Owned<wasmtime::Component> component;
  bool is_from_cache = false;
};

/// The bytes as the C API wants them.
[[nodiscard]] inline const std::uint8_t* data_of(std::span<const std::byte> bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

/// Runs a command module or component whose engine has the right version; see Engine::run.
[[nodiscard]] GuestResult run_guest(const Engine::State& engine, const CompiledModule::State& code,
                                    const GuestOptions& options, std::string_view name);

}  // namespace modulah::wasm
