#include "foreground.h"

#include <signal.h>

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "modulah_test/skip.h"
#include "scratch.h"

using namespace modulah;
using namespace modulah::runner;
using modulah::test::error_of;
using modulah::test::Scratch;

namespace {

/// Runs a script of /bin/sh that may open `writable` and the system's programs.
int confined_status_of(const std::string& script, const std::filesystem::path& writable) {
  Confinement confinement = confinement_of("/bin/sh");
  confinement.writable.push_back(writable);
  return run_in_foreground({{"/bin/sh", "-c", script}, {}},
                           {.environment = {"PATH=/usr/bin:/bin"}, .confinement = confinement})
      .exit_status;
}

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
  CHECK(run(text) == text + " is not a program for this machine");
}

TEST_CASE("a confined child opens its own files and no others, whatever links lead to them") {
  if (!can_confine()) {
    modulah::test::skip("this kernel does not have Landlock");
    return;
  }
  const Scratch scratch;
  const std::string own = (scratch.path / "own").string();
  const std::string other = (scratch.path / "other").string();
  std::filesystem::create_directory(own);
  std::filesystem::create_directory(other);
  scratch.write("own/file", "x");
  scratch.write("other/file", "x");
  std::filesystem::create_directory_symlink(other, own + "/link");
  std::filesystem::create_directory_symlink("/", own + "/root");
  CHECK(confined_status_of("cat " + own + "/file >/dev/null && echo y > " + own + "/new", own) ==
        0);
  CHECK(scratch.read("own/new") == "y\n");
  const std::string denied[] = {"cat " + other + "/file",
                                "cat " + own + "/link/file",
                                "cat " + own + "/root" + other + "/file",
                                "ls " + own + "/link",
                                "echo y > " + own + "/link/new",
                                "mkdir " + own + "/link/new",
                                "rm " + own + "/link/file",
                                "mv " + own + "/link/file " + own + "/taken",
                                "cat /etc/passwd",
                                "cat /proc/self/environ",
                                "ls /"};
  for (const std::string& script : denied) {
    CAPTURE(script);
    CHECK(confined_status_of("{ " + script + "; } >/dev/null 2>&1", own) != 0);
  }
  CHECK(scratch.read("other/file") == "x");
  CHECK_FALSE(std::filesystem::exists(other + "/new"));
  // Also what it makes later.
  CHECK(confined_status_of(
            "ln -s " + other + " " + own + "/made; cat " + own + "/made/file >/dev/null 2>&1",
            own) != 0);
}

TEST_CASE("a confined program that cannot be run is told") {
  if (!can_confine()) {
    modulah::test::skip("this kernel does not have Landlock");
    return;
  }
  CHECK(error_of([] {
          (void)run_in_foreground({{"/nowhere/program"}, {}},
                                  {.environment = {}, .confinement = confinement_of("/bin/sh")});
        }) == "/nowhere/program: no such file or directory");
}
