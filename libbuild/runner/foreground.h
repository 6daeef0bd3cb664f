// A child process in the foreground: the terminal and the streams are its own, signals reach it.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "modulah/runner/engines.h"

#include "confinement.h"

namespace modulah::runner {

struct ForegroundOptions {
  std::vector<std::string> environment;   ///< All that the child inherits, "NAME=value".
  std::chrono::milliseconds max_time{0};  ///< After it the child is killed. 0: no limit.
  std::stop_token stop = {};              ///< The child is sent `stop_signal()` when asked.
  std::function<int()> stop_signal = {};  ///< Unset: SIGTERM.
  /// What the child may open; unset: whatever this process may.
  std::optional<Confinement> confinement = {};
};

struct ForegroundResult {
  int exit_status = 0;  ///< The child's own, or 128 + signal.
  bool is_timed_out = false;
};

/// Runs a child to its end. While it runs, SIGINT, SIGTERM, SIGHUP and SIGQUIT to this process are
/// passed on; those that a terminal sends reach the child anyway, and are not doubled. The calling
/// thread must be the only one that does not block them. Throws Error: not_found, denied, or
/// unsupported for a file that is not a program.
[[nodiscard]] ForegroundResult run_in_foreground(const CommandLine& command,
                                                 const ForegroundOptions& options);

}  // namespace modulah::runner
