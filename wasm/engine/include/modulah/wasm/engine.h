// WebAssembly by Wasmtime: full-specification validation, compiling with a cache, and running.
//
// Wasmtime is 30 MB of shared library that most commands never need, so it is loaded when the
// first `Engine` is made and not before. Making an Engine takes a few milliseconds; compiling takes
// long, which the code cache avoids:
//
//   bytes ──> Engine::compile ──> CompiledModule ──> Engine::run ──> the guest's exit status
//                  │  ▲
//                  ▼  │
//             a file in the cache, checked before it is trusted
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/wasm/binary.h"
#include "modulah/wasm/compile_worker.h"
#include "modulah/wasm/guest.h"

namespace modulah::wasm {

/// The major version of Wasmtime that this part is written for. Its C API changes with every one,
/// so a library of another version is refused.
inline constexpr unsigned kWasmtimeMajor = 48;

/// Whether running code can be stopped from outside.
enum class Interruption {
  none,   ///< Only a signal to the process stops the guest. This is the fastest code.
  epoch,  ///< `GuestOptions::max_time` and `::stop` work; loops are a little slower.
};

/// On how many cores an engine validates and compiles.
enum class Cores {
  all,  ///< On all, with threads that the engine starts for it; on one when the system has none.
  one,  ///< On the caller's. Faster for small modules, and when the other cores are busy.
};

/// Code for this machine, made by one Engine; may outlive it. Safe to use from several threads.
class CompiledModule {
 public:
  struct State;
  explicit CompiledModule(std::shared_ptr<const State> state);
  ~CompiledModule();
  CompiledModule(const CompiledModule&);
  CompiledModule& operator=(const CompiledModule&);
  CompiledModule(CompiledModule&&) noexcept;
  CompiledModule& operator=(CompiledModule&&) noexcept;

  [[nodiscard]] BinaryKind kind() const noexcept;
  /// Whether it came out of the cache without being compiled.
  [[nodiscard]] bool is_from_cache() const noexcept;

 private:
  friend class Engine;
  std::shared_ptr<const State> state_;  ///< Shared: copies are the same code.
};

/// Where compiled code is kept.
struct CodeCache {
  /// Created with its parents if it does not exist (mode 0700). One that belongs to another user or
  /// that others can write to is not used, because its content is run.
  std::filesystem::path directory;
  /// Names the module's bytes, e.g. the hex digits of their SHA-256; at most 200 characters of
  /// [0-9a-z._-]. Two modules under one key are one module to the cache. Engine version, settings
  /// and processor are added by the Engine.
  std::string key;
};

/// One loaded Wasmtime. Its const functions are safe to call from several threads at once.
class Engine {
 public:
  /// Loads the first library of `candidates` that exists: paths, or plain names
  /// ("libwasmtime.so") that the system's loader finds. Throws Error: not_found with a hint when
  /// none exists, unsupported when the one found is not Wasmtime or not of version
  /// `kWasmtimeMajor`.
  [[nodiscard]] static Engine load(std::span<const std::filesystem::path> candidates,
                                   Interruption interruption = Interruption::none,
                                   Cores cores = Cores::all);
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  /// The candidate that was loaded.
  [[nodiscard]] const std::filesystem::path& library() const noexcept;

  /// Compiles in `worker` from now on. Call it before the engine is used by other threads.
  void compile_in(CompileWorker worker);

  /// Checks a module or component against the whole specification. `name` is what messages call it.
  /// A component (which is compiled for that) and a large module are checked in the worker.
  /// Throws Error invalid: "`name`: byte 0x1a: type mismatch: expected i32, found i64"; from the
  /// worker also what compiling throws.
  void validate(std::span<const std::byte> bytes, std::string_view name) const;

  /// Compiles, in the worker if there is one. Throws Error as `validate` does; CompileLimitError;
  /// unsupported when the compiler fails; cancelled.
  [[nodiscard]] CompiledModule compile(std::span<const std::byte> bytes,
                                       std::string_view name) const;

  /// The same through a cache: `read_bytes` is called, once, only when the cache does not have the
  /// code. A file of the cache that is truncated, changed, or made with other settings is replaced;
  /// a cache that cannot be written is not an error. Several processes may use one directory at
  /// once.
  [[nodiscard]] CompiledModule compile(const CodeCache& cache,
                                       const std::function<std::string()>& read_bytes,
                                       std::string_view name) const;

  /// Compiles in this process, and returns the code as it is kept in a cache.
  [[nodiscard]] std::string compile_code(std::span<const std::byte> bytes,
                                         std::string_view name) const;

  /// Runs a command (a module's `_start`, a component's wasi:cli/run) to its end, in this process
  /// and on this thread. `name` is what messages call it. Throws Error, before any of the guest's
  /// code has run: invalid when it is not a command or an import cannot be provided,
  /// not_found or denied for a directory, unsupported for a WASI version the engine does not have.
  [[nodiscard]] GuestResult run(const CompiledModule& module, const GuestOptions& options,
                                std::string_view name) const;

  struct State;

 private:
  explicit Engine(std::shared_ptr<const State> state);
  /// The code by the worker, or compiled here and serialized when `is_code_wanted`.
  struct Compiled;
  [[nodiscard]] Compiled compile_anywhere(std::span<const std::byte> bytes, std::string_view name,
                                          bool is_code_wanted) const;

  std::shared_ptr<const State> state_;  ///< Shared with the modules, which need the library.
  CompileWorker worker_;
};

}  // namespace modulah::wasm
