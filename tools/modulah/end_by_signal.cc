// Ends the process as a signal does by default, also where the signal is blocked or ignored.
#include "end_by_signal.h"

#include <csignal>

#include <pthread.h>
#include <unistd.h>

namespace modulah::cli {

void end_by_signal(int signal) {
  std::signal(signal, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  raise(signal);
  _exit(128 + signal);
}

}  // namespace modulah::cli
