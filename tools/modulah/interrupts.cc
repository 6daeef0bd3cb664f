// Waits for signals on a thread of its own.
//
// The signals are blocked and read from a descriptor instead of handled, so no code runs in a
// signal handler and a stop callback may do what it likes.
#include "interrupts.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"

#include "end_by_signal.h"

namespace modulah::cli {

namespace {

constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};

sigset_t signal_set() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kSignals) {
    // What the caller had us ignore (nohup, a background job) stays ignored.
    struct sigaction action {};
    sigaction(signal, nullptr, &action);
    if (action.sa_handler != SIG_IGN) sigaddset(&set, signal);
  }
  return set;
}

}  // namespace

/// Shared with the thread, which may outlive the program's main function by a moment: that it ends
/// is not waited for, because it may have to wait for a processor first.
struct Interrupts::Watch {
  Watch();
  void wait();

  sigset_t set = signal_set();
  sigset_t before{};
  FileDescriptor signals;
  FileDescriptor ended;
  std::stop_source source;
  std::atomic<int> signal = 0;
};

Interrupts::Watch::Watch()
    : signals(signalfd(-1, &set, SFD_CLOEXEC)), ended(eventfd(0, EFD_CLOEXEC)) {
  if (!signals || !ended) throw_system_error("wait for signals", errno);
  pthread_sigmask(SIG_BLOCK, &set, &before);
}

void Interrupts::Watch::wait() {
  for (;;) {
    std::array<pollfd, 2> events{pollfd{signals.get(), POLLIN, 0}, pollfd{ended.get(), POLLIN, 0}};
    if (poll(events.data(), events.size(), -1) < 0) continue;
    if (events[1].revents != 0) return;
    signalfd_siginfo info{};
    if (read(signals.get(), &info, sizeof info) != sizeof info) continue;
    const int number = static_cast<int>(info.ssi_signo);
    if (signal != 0) end_by_signal(number);
    signal = number;
    source.request_stop();
  }
}

Interrupts::Interrupts() = default;
Interrupts::~Interrupts() {
  if (!watch_) return;
  const std::uint64_t one = 1;
  (void)!write(watch_->ended.get(), &one, sizeof one);
  pthread_sigmask(SIG_SETMASK, &watch_->before, nullptr);
}

std::stop_token Interrupts::token() {
  if (!watch_) {
    auto watch = std::make_shared<Watch>();
    try {
      std::thread([watch] { watch->wait(); }).detach();
    } catch (const std::system_error&) {
      pthread_sigmask(SIG_SETMASK, &watch->before, nullptr);
      return {};
    }
    watch_ = std::move(watch);
  }
  return watch_->source.get_token();
}

std::optional<int> Interrupts::signal() const {
  const int signal = watch_ ? watch_->signal.load() : 0;
  return signal == 0 ? std::nullopt : std::optional(signal);
}

}  // namespace modulah::cli
