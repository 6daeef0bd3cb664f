// Ctrl-C and kill as a stop token, for commands that have something to put in order first.
//
// A command that never asks for the token ends at once, as any program does: it has nothing open
// that a crash could spoil. One that asks is told to stop, throws Error cancelled, removes its
// temporary files on the way out and ends with 128 + signal. A second signal ends it at once.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>

namespace modulah::cli {

/// One for the program. Call `token` from the main thread, before there are others: they inherit
/// that the signals are left to the thread that waits for them.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  /// Is asked to stop by SIGINT, SIGTERM and SIGHUP. From the first call on they no longer end the
  /// program by themselves. When the system has no thread to wait for them, they still do, and the
  /// token is never asked.
  [[nodiscard]] std::stop_token token();
  /// The signal that came, or nothing.
  [[nodiscard]] std::optional<int> signal() const;

 private:
  struct Watch;
  std::shared_ptr<Watch> watch_;  ///< Null until the token is asked for.
};

}  // namespace modulah::cli
