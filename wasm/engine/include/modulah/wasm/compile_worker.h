// Compiling in a process of its own, with a limit on time and memory.
//
// The size of a module does not tell how long it takes to compile: 10 kB can take minutes and
// gigabytes, and Wasmtime has no limit for it and cannot be stopped. So untrusted modules are
// compiled in a child process, which is this program with a hidden command:
//
//   Engine::compile ──stdin: request, module──> run_compile_worker ──dlopen──> libwasmtime.so
//        ▲                                            │
//        └────stdout: reply, machine code─────────────┘
//
// Code from the cache does not need a worker.
#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "modulah/base/error.h"

namespace modulah::wasm {

/// How the worker is started, and what it may use.
struct CompileWorker {
  /// The program and its arguments that end up in `run_compile_worker`, e.g. {"/usr/bin/modulah",
  /// "compile-worker"}. The program is a path. Empty: everything is compiled in this process,
  /// without limits.
  std::vector<std::string> command = {};
  std::chrono::milliseconds max_time{300'000};   ///< Then the worker is killed.
  std::uint64_t max_memory_bytes = 4ULL << 30U;  ///< Of address space; 0: no limit.
  std::stop_token stop = {};                     ///< Then: Error cancelled.
};

/// Error unsupported because a module takes more to compile than the worker may use.
class CompileLimitError : public Error {
 public:
  enum class Limit { time, memory };
  CompileLimitError(Limit limit, std::string message)
      : Error(ErrorKind::unsupported, std::move(message)), limit_(limit) {}
  [[nodiscard]] Limit limit() const noexcept { return limit_; }

 private:
  Limit limit_;
};

/// The worker's whole life: reads a request from `input`, answers it on `output` and returns the
/// exit status. The worker ends with the process that started it. Never throws.
[[nodiscard]] int run_compile_worker(int input, int output) noexcept;

}  // namespace modulah::wasm
