// What a command is: a name, its help texts, its options, and what it does.
//
// A command is one file, cmd_<name>.cc, and the list of all is one table, commands.cc. Help,
// and everything else that is said about a command, comes from here.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "modulah/base/reporter.h"
#include "modulah/store/layout_store.h"

#include "interrupts.h"
#include "world.h"

namespace modulah::cli {

/// Options that may precede or follow every command.
struct GlobalOptions {
  std::string root;          ///< --root, or empty for the default place.
  std::string log_level;     ///< error, warn, info or debug.
  std::string color;         ///< auto, always or never; empty for auto.
  bool is_unsynced = false;  ///< --no-sync
};

/// The store's directory: --root, else $XDG_DATA_HOME/modulah, else ~/.local/share/modulah. Throws
/// Error usage when nothing says where.
[[nodiscard]] std::filesystem::path store_root(const World& world, const GlobalOptions& globals);

/// What a command runs with.
struct Invocation {
  const World& world;
  const GlobalOptions& globals;
  Interrupts& interrupts;

  [[nodiscard]] std::filesystem::path store_root() const { return cli::store_root(world, globals); }
  /// Reports progress on stderr, by --log-level; with --quiet only warnings and errors.
  [[nodiscard]] std::unique_ptr<Reporter> make_reporter(bool is_quiet = false) const;
  /// How a store is opened that a command writes to. `reporter` must outlive the store; `stop` is
  /// stop()'s token for commands that ask for it.
  [[nodiscard]] store::StoreOptions store_options(Reporter& reporter,
                                                  std::stop_token stop = {}) const;
  /// Is asked to stop by Ctrl-C and kill. Ask for it before the work begins.
  [[nodiscard]] std::stop_token stop() const { return interrupts.token(); }
};

/// Runs a command whose line has been read, and returns the exit status.
using Run = std::function<int(const Invocation&)>;

struct Command {
  std::string_view name;         ///< One word, or two with a space between: "manifest inspect".
  std::string_view alias;        ///< Another name for it, or empty.
  std::string_view group;        ///< The heading in the list of commands; empty: not listed.
  std::string_view operands;     ///< As in "Usage: modulah push [OPTIONS] IMAGE [DESTINATION]".
  std::string_view summary;      ///< An imperative without a full stop.
  std::string_view description;  ///< Longer words, examples, exit status.
  Run (*define)(
      CLI::App& app);      ///< Adds options and operands to `app`; what it returns runs after.
  int failure_status = 0;  ///< For every error; 0: 2 for a wrong command line, else 1.
};

/// All commands, in the order of the help.
[[nodiscard]] std::span<const Command> all_commands();

/// Another name for a command, as podman has it: "image ls" for "images".
struct CommandAlias {
  std::string_view words;    ///< One or two, e.g. "image ls".
  std::string_view command;  ///< The `name` of the command.
};
[[nodiscard]] std::span<const CommandAlias> command_aliases();

/// "modulah [OPTIONS] COMMAND": the list of commands.
[[nodiscard]] std::string overview(const CLI::App& root);
/// The help page of one command.
[[nodiscard]] std::string help_of(const Command& command, const CLI::App& app);

/// An option as a help page shows it.
struct OptionWords {
  std::string name;  ///< "-t, --tag NAME", or "    --json" without a short name.
  std::string text;  ///< What it does, then its default.
};
/// Those that are not hidden, in their order.
[[nodiscard]] std::vector<OptionWords> options_of(const CLI::App& app);

}  // namespace modulah::cli
