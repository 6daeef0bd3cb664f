#include "words.h"

#include <fmt/format.h>

#include "command.h"
#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "parse.h"

using namespace modulah;
using namespace modulah::cli;

namespace {

using Words = std::vector<std::string>;

struct Sample {
  Sample() {
    app.add_option("-t,--target", target);
    app.add_option("-e,--env", environment)->allow_extra_args(false);
    app.add_flag("-q,--quiet", is_quiet);
    app.add_flag("--optimize{2}", level);
    app.add_option("WORD", operands);
    globals.add_option("--root", root);
    globals.add_option("--target", root);
    globals.add_flag("-v,--version", is_version);
  }
  Words own(const Words& words) { return read_words(app, &globals, words).own; }

  CLI::App app;
  CLI::App globals;
  std::string target, level, root;
  Words environment, operands;
  bool is_quiet = false;
  bool is_version = false;
};

/// Calls `action` for each listed or hidden option of each command that takes a value.
template <typename Action>
void for_each_option(Action&& action) {
  for (const Command& command : all_commands()) {
    CLI::App names;
    const Run kept = command.define(names);
    std::vector<std::string> all;
    for (const CLI::Option* option : names.get_options()) {
      if (option->get_positional() || option->get_items_expected_max() == 0) continue;
      for (const std::string& name : option->get_lnames()) all.push_back("--" + name);
      for (const std::string& name : option->get_snames()) all.push_back("-" + name);
    }
    for (const std::string& name : all) {
      CLI::App app;
      const Run run = command.define(app);
      let_last_win(app);
      action(command, app, name);
    }
  }
}

Words reversed(const Words& words) { return {words.rbegin(), words.rend()}; }

}  // namespace

TEST_CASE("words are read as pflag reads them") {
  struct Case {
    Words words;
    Words own;
  };
  const Case cases[] = {
      {{"--target=", "-f"}, {"--target", "", "-f"}},
      {{"--target", "--quiet"}, {"--target=--quiet"}},
      {{"--target=a=b", "x"}, {"--target=a=b", "x"}},
      {{"-t="}, {"--target", ""}},
      {{"-t=x"}, {"--target=x"}},
      {{"-tx"}, {"--target=x"}},
      {{"-qtx", "y"}, {"-q", "--target=x", "y"}},
      {{"-t", "-q"}, {"--target=-q"}},
      {{"-qz"}, {"-q", "-z"}},
      {{"-q=false"}, {"--quiet=false"}},
      {{"-t"}, {"-t"}},
      {{"--optimize", "x"}, {"--optimize", "x"}},
      {{"--optimize=s"}, {"--optimize=s"}},
      {{"--unknown=", "x"}, {"--unknown=", "x"}},
      {{"-", "--", "--target=", "-q"}, {"-", "--", "--target=", "-q"}},
  };
  for (const Case& c : cases) {
    INFO(fmt::format("{}", fmt::join(c.words, " ")));
    CHECK(Sample().own(c.words) == c.own);
  }
  CHECK(test::error_of([] { (void)Sample().own({"--quiet="}); }) == "--quiet cannot be \"\"");
}

TEST_CASE("options of the program may follow the command, which has the first say") {
  Sample sample;
  const ReadWords words = read_words(sample.app, &sample.globals,
                                     Words{"a", "--root", "x", "--target=y", "--version", "-v"});
  CHECK(words.own == Words{"a", "--target=y", "--version", "-v"});
  CHECK(words.global == Words{"--root=x"});
}

TEST_CASE("what follows the first operand may be somebody else's") {
  Sample sample;
  const Words words = {"-q", "--root=x", "app", "--root=y", "-t="};
  const ReadWords read = read_words(sample.app, &sample.globals, words, OptionsAre::before_operand);
  CHECK(read.own == Words{"-q", "app", "--root=y", "-t="});
  CHECK(read.global == Words{"--root=x"});
  CHECK(read.operand_at == 2);
}

TEST_CASE("an empty value is a value, for every option of every command") {
  int count = 0;
  for_each_option([&](const Command& command, CLI::App& app, const std::string& name) {
    INFO(fmt::format("{} {}=", command.name, name));
    const Words words = read_words(app, nullptr, Words{name + "=", "operand"}).own;
    REQUIRE(words.size() == 3);
    CHECK(words[1].empty());
    CHECK(words[2] == "operand");
    ++count;
    try {
      app.parse(reversed({words[0], words[1]}));
    } catch (const CLI::RequiredError&) {  // Of an operand.
    } catch (const CLI::ConversionError&) {
      return;  // A number, which cannot be empty.
    } catch (const CLI::ValidationError&) {
      return;
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
      return;
    }
    CHECK(app.get_option_no_throw(name)->results() == Words{""});
  });
  CHECK(count > 150);
}

TEST_CASE("of an option that is given twice the last value counts, in every command") {
  for_each_option([&](const Command& command, CLI::App& app, const std::string& name) {
    const CLI::Option& option = *app.get_option_no_throw(name);
    if (option.get_items_expected_max() != 1) return;
    INFO(fmt::format("{} {}", command.name, name));
    try {
      app.parse(reversed(read_words(app, nullptr, Words{name + "=1", name + "=2"}).own));
    } catch (const CLI::RequiredError&) {
    } catch (const CLI::ValidationError&) {
      return;  // One of a few words: see below.
    } catch (const Error&) {
      return;
    }
    CHECK(option.reduced_results() == Words{"2"});
  });
  CLI::App app;
  std::string format;
  app.add_option("--format", format)->check(CLI::IsMember({"oci", "docker"}));
  let_last_win(app);
  app.parse(reversed({"--format=oci", "--format=docker"}));
  CHECK(format == "docker");
}
