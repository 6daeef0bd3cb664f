// How libraries tell what they are doing: they call a Reporter and never print.
//
// A command line draws bars, a test records, a build system does nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace modulah {

/// One long piece of work, e.g. the upload of a blob. Ends when destroyed.
/// Safe to use from several threads at once.
class Progress {
 public:
  virtual ~Progress() = default;
  /// `bytes` more are done.
  virtual void advance(std::uint64_t bytes) = 0;
  /// The work is done without moving all bytes, e.g. "already there".
  virtual void finish(std::string_view outcome) = 0;
};

/// Receives what happens. Safe to use from several threads at once; must not throw.
class Reporter {
 public:
  virtual ~Reporter() = default;
  /// A line for the user, e.g. "STEP 2/3: COPY app.wasm /".
  virtual void info(std::string_view line) = 0;
  /// Something the user should mend, but that stops nothing.
  virtual void warning(std::string_view line) = 0;
  /// For those who look for a fault; never has a secret in it.
  virtual void debug(std::string_view line) = 0;
  /// Begins a piece of work of `total_bytes` (0: not known). Never null.
  [[nodiscard]] virtual std::unique_ptr<Progress> begin(std::string_view what,
                                                        std::uint64_t total_bytes) = 0;
};

/// A Reporter that drops everything. Lives as long as the program.
[[nodiscard]] Reporter& silent_reporter();

}  // namespace modulah
