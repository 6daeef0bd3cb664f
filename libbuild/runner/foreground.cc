// Runs a child in the foreground.
//
// The signals to pass on are blocked and waited for, together with SIGCHLD, instead of being
// handled: no handler and no global state are needed, and no signal is lost before the first wait.
#include "foreground.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

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

/// Programs that report such errors of writing themselves ignore these; their children need not.
constexpr std::array kIgnoredByUs = {SIGPIPE, SIGXFSZ};

/// Starts the program; returns its process, or sets `error`.
pid_t spawn_free(char* const* args, char* const* environment, const BlockedSignals& signals,
                 int& error) {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  sigset_t reset;
  sigemptyset(&reset);
  for (const int signal : kIgnoredByUs) sigaddset(&reset, signal);
  posix_spawnattr_setsigdefault(&attributes, &reset);
  posix_spawnattr_setsigmask(&attributes, &signals.before());
  pid_t child = 0;
  error = posix_spawn(&child, args[0], nullptr, &attributes, args, environment);
  posix_spawnattr_destroy(&attributes);
  return child;
}

/// The same under Landlock's rules, which posix_spawn knows nothing of. Between fork and exec only
/// system calls are made: other threads may have held any lock.
pid_t spawn_confined(char* const* args, char* const* environment, const BlockedSignals& signals,
                     const FileDescriptor& ruleset, int& error) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw_system_error("pipe", errno);
  const FileDescriptor reader(ends[0]);
  FileDescriptor writer(ends[1]);
  const pid_t child = fork();
  if (child < 0) throw_system_error("fork", errno);
  if (child == 0) {
    for (const int signal : kIgnoredByUs) ::signal(signal, SIG_DFL);
    sigprocmask(SIG_SETMASK, &signals.before(), nullptr);
    if (restrict_self(ruleset)) execve(args[0], args, environment);
    const int reason = errno;
    (void)!write(writer.get(), &reason, sizeof reason);
    _exit(127);
  }
  writer = FileDescriptor();
  error = 0;
  if (read(reader.get(), &error, sizeof error) != sizeof error) error = 0;
  if (error != 0) waitpid(child, nullptr, 0);
  return child;
}

pid_t spawn(const CommandLine& command, const ForegroundOptions& options,
            const BlockedSignals& signals) {
  std::vector<std::string> args = command.args;
  std::vector<std::string> environment = merge(options.environment, command.environment);
  const std::vector<char*> arg_pointers = pointers_to(args);
  const std::vector<char*> variable_pointers = pointers_to(environment);
  int error = 0;
  const pid_t child =
      options.confinement
          ? spawn_confined(arg_pointers.data(), variable_pointers.data(), signals,
                           make_ruleset(*options.confinement), error)
          : spawn_free(arg_pointers.data(), variable_pointers.data(), signals, error);
  if (error == ENOEXEC)
    throw Error(ErrorKind::unsupported,
                fmt::format("{} is not a program for this machine", args.front()));
  if (error != 0) throw_system_error(args.front(), error);
  return child;
}

bool has_ended(pid_t child) {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == child;
}

/// Waits for a signal until `deadline` and returns its number, or 0 on a timeout.
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
    // The child is not reaped before this scope ends, so its id cannot be reused.
    const std::stop_callback on_stop(options.stop, [&options, child] {
      kill(child, options.stop_signal ? options.stop_signal() : SIGTERM);
    });
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
