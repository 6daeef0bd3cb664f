// What a guest (a running module) gets from its host, and what comes back.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/base/io.h"

namespace modulah::wasm {

enum class Access { read_only, read_write };

/// A directory of the host that the guest can see under a name of its own.
struct GuestDirectory {
  std::filesystem::path host = {};
  std::string guest = {};  ///< Absolute, e.g. "/data"; or "." for the working directory.
  Access access = Access::read_only;
};

/// Everything the guest can see or do. Nothing else of the process's environment, directories or
/// network is passed on.
struct GuestOptions {
  std::vector<std::string> args = {};         ///< args[0] is the program's name.
  std::string function = {};                  ///< A module's function to call; empty: "_start".
  std::vector<std::string> environment = {};  ///< "NAME=value" each; the last of a name wins.
  /// In this order. WASI has one name space: the longest name that matches a path wins, and among
  /// equal ones the last (wasi-libc treats "/" and "." as equal).
  std::vector<GuestDirectory> directories = {};

  /// Standard input; unset: the process's own.
  std::optional<std::string> input = {};
  /// Standard output and error; null: the process's own. They must outlive the call; an Error they
  /// throw is thrown by `Engine::run` when the guest has ended, and the guest sees a failed write.
  Sink* output = nullptr;
  Sink* error_output = nullptr;

  /// Of each linear memory; growing beyond fails. Tables, which are memory of the host, are limited
  /// in proportion, and so are the numbers of memories and tables. 0: no limit.
  std::uint64_t max_memory_bytes = std::uint64_t{4} << 30U;
  std::chrono::milliseconds max_time{0};  ///< 0: no limit. Needs Interruption::epoch.
  /// Called on another thread when the guest still runs a second after it timed out: it waits in a
  /// system call, and only the end of the process ends it.
  std::function<void()> on_stuck = {};
  /// Stops the guest when asked. Needs Interruption::epoch when it can be stopped. A guest that
  /// waits in a system call (reading, sleeping) is stopped when that call returns.
  std::stop_token stop = {};

  /// How many threads Wasmtime starts for input and output with the first guest of the process: the
  /// number in TOKIO_WORKER_THREADS, or 0 when that is not set: one for each core.
  unsigned io_threads = 0;
};

/// The exit status of a guest that trapped, as the `wasmtime` program has it (128 + SIGABRT).
inline constexpr int kTrapExitStatus = 134;
/// The exit status of a guest that timed out, as timeout(1) has it.
inline constexpr int kTimeoutExitStatus = 124;
/// The exit status of a guest that was asked to stop (128 + SIGINT).
inline constexpr int kStoppedExitStatus = 130;

/// Why a guest did not end by itself.
struct Trap {
  enum class Cause { trap, timeout, stopped };
  Cause cause = Cause::trap;
  std::string message = {};  ///< "wasm trap: out of bounds memory access"
  /// Innermost first: "app.wasm!app::main (byte 0x1f2)", names demangled.
  std::vector<std::string> frames = {};

  /// One line for each frame, for people; empty when there is none.
  [[nodiscard]] std::string trace() const;
  /// The message and the trace.
  [[nodiscard]] std::string text() const;
};

struct GuestResult {
  /// What the guest gave proc_exit, 0 to 255 (of a larger number the low 8 bits, as the system has
  /// it for any process); or one of the constants above.
  int exit_status = 0;
  std::optional<Trap> trap = {};  ///< Set when the guest did not end by itself.
};

}  // namespace modulah::wasm
