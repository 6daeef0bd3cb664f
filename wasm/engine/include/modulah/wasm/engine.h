// WebAssembly by Wasmtime: full-specification validation, compiling with a cache, and running.
//
// Wasmtime is 30 MB of shared library that most commands never need, so it is loaded when the
// first `Engine` is made and not before. An Engine is cheap (a few milliseconds); what is dear is
// compiling, and that is what the code cache saves:
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
#include "modulah/wasm/guest.h"

namespace modulah::wasm {

/// The major version of Wasmtime that this part is written for. Its C API changes with every one,
/// so a library of another version is refused.
inline constexpr unsigned kWasmtimeMajor = 48;

/// Whether running code can be stopped from outside.
enum class Interruption {
  none,   ///< Only a signal to the process stops the guest. The fastest code.
  epoch,  ///< `GuestOptions::max_time` and `::stop` work; loops are a little slower.
};

/// On how many cores an engine validates and compiles.
enum class Cores {
  all,  ///< On all, with threads that the engine starts for it; on one when the system has none.
  one,  ///< On the caller's. Quicker for what is small, and when the others have work to do.
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
  /// Made, with its parents, when it is not there (mode 0700). One that belongs to somebody else or
  /// that others may write to is not used, because running its content is running anything.
  std::filesystem::path directory;
  /// Names the module's bytes, e.g. the hex digits of their SHA-256; at most 200 characters of
  /// [0-9a-z._-]. Two modules under one key are one module to the cache. Engine version, settings
  /// and processor are added by the Engine.
  std::string key;
};

/// One loaded Wasmtime. Its const functions are safe to call from several threads at once.
class Engine {
 public:
  /// Loads the first library of `candidates` that is there: paths, or plain names
  /// ("libwasmtime.so") for the system's loader to find. Throws Error: not_found with a hint when
  /// there is none, unsupported when the one found is not Wasmtime or not of version
  /// `kWasmtimeMajor`.
  [[nodiscard]] static Engine load(std::span<const std::filesystem::path> candidates,
                                   Interruption interruption = Interruption::none,
                                   Cores cores = Cores::all);
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  /// The candidate that was loaded.
  [[nodiscard]] const std::filesystem::path& library() const noexcept;

  /// Checks a module or component against the whole specification. `name` is what messages call it.
  /// A component is compiled to check it, which takes longer than a module. Throws Error invalid:
  /// "`name`: byte 0x1a: type mismatch: expected i32, found i64".
  void validate(std::span<const std::byte> bytes, std::string_view name) const;

  /// Compiles. Throws Error as `validate` does.
  [[nodiscard]] CompiledModule compile(std::span<const std::byte> bytes,
                                       std::string_view name) const;

  /// The same through a cache: `read_bytes` is called, once, only when the code is not there. A
  /// file of the cache that is cut off, changed, or made by other settings is made anew; a cache
  /// that cannot be written is no error. Several processes may use one directory at once.
  [[nodiscard]] CompiledModule compile(const CodeCache& cache,
                                       const std::function<std::string()>& read_bytes,
                                       std::string_view name) const;

  /// Runs a command (a module's `_start`, a component's wasi:cli/run) to its end, in this process
  /// and on this thread. `name` is what messages call it. Throws Error, before any of the guest's
  /// code has run: invalid when it is no command or an import has nothing that could supply it,
  /// not_found or denied for a directory, unsupported for a WASI version the engine does not have.
  [[nodiscard]] GuestResult run(const CompiledModule& module, const GuestOptions& options,
                                std::string_view name) const;

  struct State;

 private:
  explicit Engine(std::shared_ptr<const State> state);
  std::shared_ptr<const State> state_;  ///< Shared with the modules, which need the library.
};

}  // namespace modulah::wasm
