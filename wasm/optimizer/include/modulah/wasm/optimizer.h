// Optimizes and validates modules with Binaryen, in a process of its own.
//
// Binaryen's library exits on input that it cannot read, aborts on modules that need a feature that
// was not enabled, keeps its options in globals and prints to the terminal. So it is loaded only in
// a worker: a child process with limits on time and memory, started for one module:
//
//   optimize() ──stdin: request, module──> run_worker() ──dlopen──> libbinaryen.so
//       ▲                                       │
//       └────────stdout: reply, module──────────┘   stderr: what Binaryen says
//
// Whatever happens to the worker becomes an Error. The features that a module needs are determined
// from its instructions beforehand, and the result is checked with our own reader.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modulah/base/error.h"

namespace modulah::wasm {

/// The levels of wasm-opt's -O. The output is the same for any number of cores.
enum class OptimizeLevel : std::uint8_t { o0, o1, o2, o3, o4, os, oz };

/// "0" to "4", "s" or "z"; an "O" or "-O" before it is allowed. Nothing for another word.
[[nodiscard]] std::optional<OptimizeLevel> parse_optimize_level(std::string_view word);
/// "0" to "4", "s" or "z".
[[nodiscard]] std::string_view to_string(OptimizeLevel level);

/// Whether something that is not needed to run the module is kept.
enum class Keep : std::uint8_t { drop, keep };

struct OptimizeOptions {
  OptimizeLevel level = OptimizeLevel::o2;
  /// The names of functions, which backtraces show. wasm-opt drops them without -g.
  Keep names = Keep::keep;
  /// DWARF in sections ".debug_*". Binaryen's library does not update it, so what is kept
  /// refers to the positions in the code before.
  Keep debug_info = Keep::drop;
  Keep producers = Keep::keep;  ///< The section "producers".

  friend bool operator==(const OptimizeOptions&, const OptimizeOptions&) = default;
};

/// How the worker is started, and what it may use.
struct OptimizerSetup {
  /// The program and its arguments that end up in `run_worker`, e.g. {"/usr/bin/modulah",
  /// "binaryen-worker"}. The program is a path.
  std::vector<std::string> worker;
  /// Paths, or plain names for the system's loader; the first that is there is used.
  std::vector<std::filesystem::path> libraries = default_libraries();
  unsigned cores = 1;                            ///< How many threads Binaryen may use, at least 1.
  std::chrono::milliseconds max_time{120'000};   ///< Then the worker is killed.
  std::uint64_t max_memory_bytes = 8ULL << 30U;  ///< Of address space; 0: no limit.
  std::uint64_t max_module_bytes = 512ULL << 20U;  ///< Of a module, before and after.
  std::stop_token stop;                            ///< Then: Error cancelled.

  /// Where the packages of Linux systems put libbinaryen.so.
  [[nodiscard]] static std::vector<std::filesystem::path> default_libraries();
};

/// Error unsupported because Binaryen needs more for a module than an OptimizerSetup allows.
class OptimizeLimitError : public Error {
 public:
  enum class Limit : std::uint8_t { time, memory };
  OptimizeLimitError(Limit limit, std::string message, std::string hint)
      : Error(ErrorKind::unsupported, std::move(message), std::move(hint)), limit_(limit) {}
  [[nodiscard]] Limit limit() const noexcept { return limit_; }

 private:
  Limit limit_;
};

/// Which Binaryen is used.
struct BinaryenInfo {
  std::filesystem::path library;  ///< The candidate that was loaded.
  std::string version;            ///< "120"; "unknown" when it cannot be determined.
  /// The linker's id of the library's build, in hex, or empty: equal ids give equal output, which
  /// makes it a part of a cache's key.
  std::string build_id;
};

struct OptimizeResult {
  std::vector<std::byte> bytes;  ///< The new module.
  std::uint64_t size_before = 0;
  std::uint64_t size_after = 0;
  BinaryenInfo binaryen;
  std::string diagnostics;  ///< What Binaryen printed, for a debug log; usually empty.
};

/// Finds the Binaryen that would be used; starts the worker. Throws Error: not_found with a
/// hint when there is no library, unsupported when it is not Binaryen or the worker does not run.
[[nodiscard]] BinaryenInfo find_binaryen(const OptimizerSetup& setup);

/// Makes a smaller or faster module with the same behaviour. Equal bytes, options and Binaryen give
/// equal bytes. Throws Error: as `find_binaryen`; invalid when the module is not valid or larger
/// than allowed; unsupported when it is a component, an object file, or more than this Binaryen can
/// read; OptimizeLimitError when the limits of `setup` are too low for it; cancelled. Safe to call
/// from several threads at once.
[[nodiscard]] OptimizeResult optimize(std::span<const std::byte> bytes, std::string_view name,
                                      const OptimizeOptions& options, const OptimizerSetup& setup);

/// Checks a module with Binaryen's validator, where no engine is available. It does not check every
/// rule of the specification. Throws Error as `optimize` does.
void validate_with_binaryen(std::span<const std::byte> bytes, std::string_view name,
                            const OptimizerSetup& setup);

/// The worker's whole life: reads a request from `input`, answers it on `output` and returns the
/// exit status. Binaryen may end the process, so it must not be used for anything else;
/// standard output is redirected to standard error. The environment must have nothing but what
/// `optimize` puts there. Never throws.
[[nodiscard]] int run_worker(int input, int output) noexcept;

}  // namespace modulah::wasm
