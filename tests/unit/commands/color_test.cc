// Which lines get which colour, and when.
#include "color.h"

#include "modulah_test/catch.h"

using namespace modulah::cli;

TEST_CASE("labels, names, carets and steps have colour") {
  struct Case {
    const char* line;
    const char* colored;
  };
  constexpr Case kCases[] = {
      {"modulah: error: no image \"app\" here",
       "\x1b[1mmodulah:\x1b[0m \x1b[1;31merror:\x1b[0m no image \x1b[1m\"app\"\x1b[0m here"},
      {"modulah: warning: w", "\x1b[1mmodulah:\x1b[0m \x1b[1;33mwarning:\x1b[0m w"},
      {"Containerfile:3:1: warning: w",
       "\x1b[1mContainerfile:3:1: \x1b[0m\x1b[1;33mwarning:\x1b[0m w"},
      {"hint: Run it.", "\x1b[1;36mhint:\x1b[0m Run it."},
      {"     |   ^^^", "     |   \x1b[1;32m^^^\x1b[0m"},
      {"STEP 1/2: FROM scratch", "\x1b[1mSTEP 1/2:\x1b[0m FROM scratch"},
      {"modulah: interrupted", "modulah: interrupted"},
      {"   3 | COPY error: ^ \"a\"", "   3 | COPY error: ^ \"a\""},
      {"an error: is no label here", "an error: is no label here"},
      {"error: of a guest", "error: of a guest"},
      {"one \" quote", "one \" quote"},
      {"", ""},
  };
  for (const Case& c : kCases) CHECK(colored_messages(c.line) == c.colored);
  CHECK(colored_messages("hint: A.\n\nb\n") == "\x1b[1;36mhint:\x1b[0m A.\n\nb\n");
}

TEST_CASE("a page of help has its headings in bold") {
  CHECK(colored_help("List\n\nUsage: modulah x\n\nOptions:\n  -a:\n") ==
        "List\n\n\x1b[1mUsage:\x1b[0m modulah x\n\n\x1b[1mOptions:\x1b[0m\n  -a:\n");
}

TEST_CASE("the environment and --color decide about colour") {
  struct Case {
    std::map<std::string, std::string> environment;
    ColorMode mode;
    bool at_terminal;
    bool elsewhere;
  };
  const Case cases[] = {
      {{}, ColorMode::automatic, true, false},
      {{{"NO_COLOR", "1"}}, ColorMode::automatic, false, false},
      {{{"NO_COLOR", ""}}, ColorMode::automatic, true, false},
      {{{"NO_COLOR", "1"}}, ColorMode::always, true, true},
      {{{"CLICOLOR", "0"}}, ColorMode::automatic, false, false},
      {{{"CLICOLOR", "1"}}, ColorMode::automatic, true, false},
      {{{"CLICOLOR_FORCE", "1"}}, ColorMode::automatic, true, true},
      {{{"CLICOLOR_FORCE", "0"}}, ColorMode::automatic, true, false},
      {{{"CLICOLOR_FORCE", "1"}, {"NO_COLOR", "1"}}, ColorMode::automatic, false, false},
      {{{"CLICOLOR_FORCE", "1"}}, ColorMode::never, false, false},
      {{{"TERM", "dumb"}}, ColorMode::automatic, false, false},
      {{{"TERM", "xterm"}}, ColorMode::automatic, true, false},
  };
  for (const Case& c : cases) {
    World world;
    world.environment = c.environment;
    CHECK(wants_color(world, c.mode, true) == c.at_terminal);
    CHECK(wants_color(world, c.mode, false) == c.elsewhere);
  }
}
