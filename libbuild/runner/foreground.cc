// Runs a child in the foreground.
//
// The signals to pass on are blocked and waited for, together with SIGCHLD, instead of handled: so
// there is no handler, no global state, and none is lost between the start and the first wait.
#include "foreground.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <fmt/format.h>

#include "modulah/base/error.h"

namespace modulah::runner {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::array kPassedOn = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

sigset_t waited_for() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kPassedOn) sigaddset(&set, signal);
  sigaddset(&set, SIGCHLD);
  return set;
}

/// Blocks the signals for this thread as long as it lives.
class BlockedSignals {
 public:
  BlockedSignals() { pthread_sigmask(SIG_BLOCK, &set_, &before_); }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

  [[nodiscard]] const sigset_t& set() const noexcept { return set_; }
  [[nodiscard]] const sigset_t& before() const noexcept { return before_; }

 private:
  sigset_t set_ = waited_for();
  sigset_t before_{};
};

/// Pointers for exec, ended by a null; the texts must outlive them.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// The inherited variables with those of the command in their place.
std::vector<std::string> merge(const std::vector<std::string>& inherited,
                               const std::vector<std::string>& winning) {
  std::vector<std::string> merged = winning;
  for (const std::string& variable : inherited) {
    const std::string name = variable.substr(0, variable.find('=')) + "=";
    const bool is_set = std::any_of(winning.begin(), winning.end(),
                                    [&](const std::string& w) { return w.starts_with(name); });
    if (!is_set) merged.push_back(variable);
  }
  return merged;
}

pid_t spawn(const CommandLine& command, const ForegroundOptions& options,
            const BlockedSignals& signals) {
  std::vector<std::string> args = command.args;
  std::vector<std::string> environment = merge(options.environment, command.environment);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  // Programs that report such errors of writing themselves ignore these; their children need not.
  sigset_t reset;
  sigemptyset(&reset);
  sigaddset(&reset, SIGPIPE);
  sigaddset(&reset, SIGXFSZ);
  posix_spawnattr_setsigdefault(&attributes, &reset);
  posix_spawnattr_setsigmask(&attributes, &signals.before());
  pid_t child = 0;
  const int error = posix_spawn(&child, args.front().c_str(), nullptr, &attributes,
                                pointers_to(args).data(), pointers_to(environment).data());
  posix_spawnattr_destroy(&attributes);
  if (error == ENOEXEC)
    throw Error(ErrorKind::unsupported,
                fmt::format("{} is no program for this machine", args.front()));
  if (error != 0) throw_system_error(args.front(), error);
  return child;
}

bool has_ended(pid_t child) {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == child;
}

/// Waits for a signal until `deadline` and returns its number, 0 when the time is over.
int next_signal(const sigset_t& set, siginfo_t& info, std::optional<Clock::time_point> deadline) {
  for (;;) {
    int signal = 0;
    if (deadline) {
      const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(
          std::max(*deadline - Clock::now(), Clock::duration::zero()));
      const timespec time{static_cast<time_t>(left.count() / 1'000'000'000),
                          static_cast<long>(left.count() % 1'000'000'000)};
      signal = sigtimedwait(&set, &info, &time);
    } else {
      signal = sigwaitinfo(&set, &info);
    }
    if (signal > 0) return signal;
    if (errno == EAGAIN) return 0;
    if (errno != EINTR) throw_system_error("wait for a signal", errno);
  }
}

int exit_status_of(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw_system_error("wait for the engine", errno);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

ForegroundResult run_in_foreground(const CommandLine& command, const ForegroundOptions& options) {
  const BlockedSignals signals;
  const pid_t child = spawn(command, options, signals);
  ForegroundResult result;
  {
    // The child is not reaped before this scope ends, so its id cannot be somebody else's.
    const std::stop_callback on_stop(options.stop, [child] { kill(child, SIGTERM); });
    std::optional<Clock::time_point> deadline;
    if (options.max_time.count() > 0) deadline = Clock::now() + options.max_time;
    while (!has_ended(child)) {
      siginfo_t info{};
      const int signal = next_signal(signals.set(), info, deadline);
      if (signal == 0) {
        result.is_timed_out = true;
        kill(child, SIGKILL);
        deadline.reset();
      } else if (signal != SIGCHLD && info.si_code != SI_KERNEL) {
        kill(child, signal);
      }
    }
  }
  result.exit_status = exit_status_of(child);
  return result;
}

}  // namespace modulah::runner
