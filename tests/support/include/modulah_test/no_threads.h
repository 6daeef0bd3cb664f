// A process to which the system refuses threads.
#pragma once

#include <exception>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace modulah::test {

/// Runs `action` in a child process that may have `threads` threads more than its own, and returns
/// what `action` returns, 99 when it throws, or 128 + the signal that ended the child. As root the
/// child becomes a user that nobody is; as somebody else it must not be given threads at all,
/// because the limit counts what else the user runs.
template <typename Action>
int with_threads_left(unsigned threads, Action&& action) {
  const pid_t child = fork();
  if (child == 0) {
    constexpr uid_t kNobodyElse = 64'321;
    if (geteuid() == 0 && setresuid(kNobodyElse, kNobodyElse, kNobodyElse) != 0) _exit(98);
    const rlimit limit{threads + 1, threads + 1};
    if (setrlimit(RLIMIT_NPROC, &limit) != 0) _exit(97);
    int status = 99;
    try {
      status = action();
    } catch (const std::exception&) {
      // The status says it.
    }
    _exit(status);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return 96;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace modulah::test
