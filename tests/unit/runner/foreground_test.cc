#include "foreground.h"

#include <signal.h>

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "scratch.h"

using namespace modulah;
using namespace modulah::runner;
using modulah::test::error_of;
using modulah::test::Scratch;

namespace {

/// Runs a script of /bin/sh and returns its status.
int status_of(const std::string& script, const CommandLine& more = {}) {
  CommandLine command = more;
  command.args = {"/bin/sh", "-c", script};
  return run_in_foreground(command, {.environment = {"PATH=/usr/bin:/bin", "A=1", "B=2"}})
      .exit_status;
}

}  // namespace

TEST_CASE("a child's status comes back, and 128 + signal when one ended it") {
  CHECK(status_of("exit 0") == 0);
  CHECK(status_of("exit 42") == 42);
  CHECK(status_of("kill -TERM $$") == 128 + SIGTERM);
}

TEST_CASE("a child does not ignore what this process ignores for itself") {
  for (const int number : {SIGPIPE, SIGXFSZ}) {
    const auto before = ::signal(number, SIG_IGN);
    CHECK(status_of("kill -" + std::to_string(number) + " $$") == 128 + number);
    ::signal(number, before);
  }
}

TEST_CASE("a child gets the given environment and nothing else") {
  CHECK(status_of("test \"$A$B$HOME\" = 12") == 0);
  CHECK(status_of("test \"$A$B\" = x2", {.args = {}, .environment = {"A=x"}}) == 0);
}

TEST_CASE("signals to this process are passed on to the child") {
  for (const char* name : {"INT", "TERM", "HUP", "QUIT"}) {
    CAPTURE(name);
    // The child waits for its own child, so that the trap is run at once. That one holds none of
    // our outputs: a kill between its fork and its exec is lost, and it would hold up who reads
    // them.
    const std::string script = std::string("trap 'kill $!; exit 9' ") + name +
                               "; sleep 100 >/dev/null 2>&1 & kill -" + name +
                               " $PPID; wait; exit 1";
    CHECK(status_of(script) == 9);
  }
}

TEST_CASE("a stop request ends the child") {
  std::stop_source source;
  source.request_stop();
  const ForegroundResult result =
      run_in_foreground({.args = {"/bin/sleep", "100"}, .environment = {}},
                        {.environment = {}, .stop = source.get_token()});
  CHECK(result.exit_status == 128 + SIGTERM);
  CHECK_FALSE(result.is_timed_out);
}

TEST_CASE("a program that cannot be started is named") {
  const Scratch scratch;
  scratch.write("text", "no program");
  const std::string text = (scratch.path / "text").string();
  const auto run = [](const std::string& path) {
    return error_of(
        [&] { (void)run_in_foreground({.args = {path}, .environment = {}}, {.environment = {}}); });
  };
  CHECK(run("/nowhere/engine") == "/nowhere/engine: no such file or directory");
  CHECK(run(text) == text + ": permission denied");
  std::filesystem::permissions(scratch.path / "text", std::filesystem::perms::owner_all);
  CHECK(run(text) == text + " is no program for this machine");
}
