// Starts threads that do nothing.
#include "spare_threads.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <latch>
#include <span>
#include <system_error>
#include <thread>
#include <vector>

#include <sys/syscall.h>
#include <unistd.h>

namespace modulah::wasm {
namespace {

/// The most threads that a build may start while a module is compiled, to compress, hash and wait.
constexpr unsigned kOwnThreads = 12;

unsigned cores() { return std::max(1U, std::thread::hardware_concurrency()); }

/// Waits until the kernel has forgotten a thread that was joined, because it counts until then.
/// False when that takes too long.
bool wait_until_gone(long thread) {
  constexpr std::chrono::seconds kMost{1};
  const auto begin = std::chrono::steady_clock::now();
  while (syscall(SYS_tgkill, getpid(), thread, 0) == 0) {
    if (std::chrono::steady_clock::now() - begin > kMost) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace

bool can_start_threads(unsigned count) {
  std::latch all_started(1);
  std::vector<std::atomic<long>> ids(count);
  std::vector<std::thread> threads;
  threads.reserve(count);
  bool is_refused = false;
  try {
    for (std::atomic<long>& id : ids)
      threads.emplace_back([&all_started, &id] {
        id = syscall(SYS_gettid);
        all_started.wait();
      });
  } catch (const std::system_error&) {
    is_refused = true;
  }
  all_started.count_down();
  for (std::thread& thread : threads) thread.join();
  const auto used = std::span(ids).first(threads.size());
  return std::all_of(used.begin(), used.end(), wait_until_gone) && !is_refused;
}

unsigned threads_for_compiling() { return cores() + std::min(cores() + 2, kOwnThreads); }

unsigned threads_for_guest(unsigned workers) { return (workers == 0 ? cores() : workers) + 2; }

}  // namespace modulah::wasm
