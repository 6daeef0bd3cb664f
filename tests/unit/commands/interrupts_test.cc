#include "interrupts.h"

#include <condition_variable>
#include <csignal>
#include <mutex>

#include <sys/wait.h>
#include <unistd.h>

#include "modulah_test/catch.h"

using namespace modulah::cli;

namespace {

/// Waits until `token` is asked to stop.
void wait_for_stop(const std::stop_token& token) {
  std::mutex mutex;
  std::condition_variable changed;
  bool is_stopped = false;
  const std::stop_callback callback(token, [&] {
    const std::lock_guard lock(mutex);
    is_stopped = true;
    changed.notify_one();
  });
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return is_stopped; });
}

}  // namespace

TEST_CASE("a signal asks the token to stop, and is told") {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    Interrupts interrupts;
    const std::stop_token token = interrupts.token();
    CHECK_FALSE(token.stop_requested());
    CHECK(interrupts.signal() == std::nullopt);
    kill(getpid(), signal);
    wait_for_stop(token);
    CHECK(interrupts.signal() == signal);
  }
}

TEST_CASE("an ignored signal stays ignored") {
  std::signal(SIGHUP, SIG_IGN);
  Interrupts interrupts;
  const std::stop_token token = interrupts.token();
  kill(getpid(), SIGHUP);
  kill(getpid(), SIGTERM);
  wait_for_stop(token);
  CHECK(interrupts.signal() == SIGTERM);
  std::signal(SIGHUP, SIG_DFL);
}

TEST_CASE("the second signal ends the program as it does by default") {
  const pid_t child = fork();
  if (child == 0) {
    Interrupts interrupts;
    const std::stop_token token = interrupts.token();
    kill(getpid(), SIGINT);
    wait_for_stop(token);
    kill(getpid(), SIGTERM);
    for (;;) pause();
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGTERM);
}
