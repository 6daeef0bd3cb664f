// Child processes: run one with limits on its time, memory and output.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace modulah {

/// What to run. Nothing of the caller's environment is passed on but what stands here. The child
/// has a process group of its own and no open file but the standard three; all signals are as by
/// default in it.
struct ProcessRequest {
  std::vector<std::string> args;  ///< args[0] is a path, or a name to be found in `search_path`.
  std::vector<std::string> environment;        ///< "NAME=value" each.
  std::string search_path;                     ///< PATH for args[0]; empty: args[0] must be a path.
  std::filesystem::path directory;             ///< Working directory; empty: the caller's.
  std::string input;                           ///< Standard input, whole.
  std::chrono::milliseconds max_time{60'000};  ///< After this the child and its group are killed.
  std::stop_token stop;                        ///< When requested: killed, and Error cancelled.
  /// Address space limit; 0: none. Set from outside right after the start; what the child took in
  /// that moment counts.
  std::uint64_t max_memory_bytes = 0;
  std::size_t max_output_bytes = 1 << 20;  ///< Of stdout and stderr each; more is an Error invalid.
};

struct ProcessResult {
  int exit_status = 0;        ///< The child's own, or 128 + signal.
  std::optional<int> signal;  ///< The signal that ended it.
  bool is_timed_out = false;  ///< It was killed because `max_time` was over.
  std::string output;         ///< Standard output.
  std::string diagnostics;    ///< Standard error.
};

/// Runs a child to its end; what it left running in its group is killed then. Throws Error
/// not_found when there is no such program, denied when it may not be run, io otherwise. A child
/// that fails is a result, not an error. Safe to call from several threads at once.
[[nodiscard]] ProcessResult run_process(const ProcessRequest& request);

/// The path of a program by the rules of execvp, or nothing.
[[nodiscard]] std::optional<std::filesystem::path> find_program(std::string_view name,
                                                                std::string_view search_path);

}  // namespace modulah
