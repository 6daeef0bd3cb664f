// From argv to a command that is ready to run.
//
// CLI11 reads the words; its messages about wrong ones are put into our own form here, so that
// every mistake names the word, and the nearest right one.
#include "parse.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <span>
#include <stdexcept>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/nearest.h"

#include "words.h"

namespace modulah::cli {

namespace {

std::vector<std::string_view> option_names(const CLI::App& app) {
  std::vector<std::string_view> names;
  for (const CLI::Option* option : app.get_options())
    names.insert(names.end(), option->get_lnames().begin(), option->get_lnames().end());
  return names;
}

[[noreturn]] void unknown_option(const CLI::App& app, const std::string& where,
                                 const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  const std::string_view near =
      nearest(std::string_view(name).substr(name.find_first_not_of('-')), option_names(app));
  throw Error(ErrorKind::usage, fmt::format("unknown option \"{}\"", name),
              near.empty() ? fmt::format("Run '{} --help' for the options.", where)
                           : fmt::format("Did you mean --{}?", near));
}

/// Commands of podman, buildah and docker that have another name here, or do not exist.
struct OtherCommand {
  std::string_view name;
  std::string_view hint;
};

constexpr std::string_view kNoContainers =
    "There are no containers: 'modulah run' ends with its guest and leaves nothing behind.";

constexpr OtherCommand kOtherCommands[] = {
    {"commit", "Images are built from a Containerfile: 'modulah build'."},
    {"exec", kNoContainers},
    {"from", "Images are built from a Containerfile: 'modulah build'."},
    {"kill", kNoContainers},
    {"logs", kNoContainers},
    {"ls", "Run 'modulah images'."},
    {"ps", kNoContainers},
    {"rm", "To remove an image, run 'modulah rmi'; there are no containers."},
    {"start", kNoContainers},
    {"stop", kNoContainers},
};

/// The second words of the commands that begin with `group`, e.g. "image": "build", "ls", …
std::vector<std::string_view> commands_of_group(std::string_view group) {
  std::vector<std::string_view> found;
  const auto add = [&](std::string_view words) {
    if (words.starts_with(group) && words.size() > group.size() && words[group.size()] == ' ')
      found.push_back(words.substr(group.size() + 1));
  };
  for (const Command& command : all_commands()) add(command.name);
  for (const CommandAlias& alias : command_aliases()) add(alias.words);
  return found;
}

[[noreturn]] void unknown_in_group(const std::vector<std::string_view>& known,
                                   std::span<const std::string> words) {
  const std::string all =
      fmt::format("'modulah {}' has the commands {}.", words[0], fmt::join(known, ", "));
  if (words.size() < 2 || words[1].starts_with('-'))
    throw Error(ErrorKind::usage, fmt::format("\"{}\" needs a command", words[0]), all);
  const std::string_view near = nearest(words[1], known);
  throw Error(ErrorKind::usage, fmt::format("unknown command \"{} {}\"", words[0], words[1]),
              near.empty() ? all : fmt::format("Did you mean 'modulah {} {}'?", words[0], near));
}

[[noreturn]] void unknown_command(std::span<const std::string> words) {
  const std::string& word = words[0];
  if (const auto known = commands_of_group(word); !known.empty()) unknown_in_group(known, words);
  for (const OtherCommand& other : kOtherCommands)
    if (word == other.name)
      throw Error(ErrorKind::usage, fmt::format("unknown command \"{}\"", word),
                  std::string(other.hint));
  std::vector<std::string_view> names;
  for (const Command& command : all_commands())
    if (!command.group.empty()) names.push_back(command.name);
  const std::string_view near = nearest(word, names);
  throw Error(ErrorKind::usage, fmt::format("unknown command \"{}\"", word),
              near.empty() ? "Run 'modulah --help' for the commands."
                           : fmt::format("Did you mean 'modulah {}'?", near));
}

/// Turns CLI11's message about a wrong command line into ours.
[[noreturn]] void usage_error(const CLI::App& app, const std::string& where,
                              const CLI::ParseError& error) {
  // The name of some of CLI11's errors is that of the program: only the exit code tells them apart.
  const auto code = static_cast<CLI::ExitCodes>(error.get_exit_code());
  std::string message = error.what();
  if (code == CLI::ExitCodes::ExtrasError) {
    for (const std::string& word : app.remaining())
      if (word.size() > 1 && word.front() == '-') unknown_option(app, where, word);
    message = fmt::format("unexpected operand \"{}\"",
                          app.remaining().empty() ? "" : app.remaining().front());
  } else if (code == CLI::ExitCodes::RequiredError) {
    const std::size_t end = message.find(" is required");
    message = fmt::format("{} is missing", message.substr(0, end));
  } else if (const std::size_t set = message.find(" not in {"); set != std::string::npos) {
    // "--pull: never! not in {missing,newer}"
    const std::size_t colon = message.find(": ");
    std::string values = message.substr(set + 9, message.rfind('}') - set - 9);
    for (std::size_t at = 0; (at = values.find(',', at)) != std::string::npos; at += 2)
      values.replace(at, 1, ", ");
    message = fmt::format("{} \"{}\" is not one of {}", message.substr(0, colon),
                          message.substr(colon + 2, set - colon - 2), values);
  } else if (const std::size_t end = message.find(": 1 required "); end != std::string::npos) {
    message = fmt::format("{} needs a value", message.substr(0, end));
  } else if (const std::string_view start = "Could not convert: "; message.starts_with(start)) {
    // "Could not convert: --timestamp = x"
    const std::size_t equals = message.find(" = ");
    message =
        fmt::format("{} cannot be \"{}\"", message.substr(start.size(), equals - start.size()),
                    equals == std::string::npos ? "" : message.substr(equals + 3));
  } else if (!message.empty() && message.front() >= 'A' && message.front() <= 'Z') {
    message.front() = static_cast<char>(message.front() - 'A' + 'a');
  }
  throw Error(ErrorKind::usage, message, fmt::format("Run '{} --help' for the usage.", where));
}

const Command* find_command(std::string_view words) {
  for (const Command& command : all_commands())
    if (command.name == words || (!command.alias.empty() && command.alias == words))
      return &command;
  for (const CommandAlias& alias : command_aliases())
    if (alias.words == words) return find_command(alias.command);
  return nullptr;
}

/// The command that the first of `words` name, one ("build") or two ("image ls"), and how many they
/// are. Throws Error usage when there is none.
struct NamedCommand {
  const Command* command;
  std::size_t count;
};
NamedCommand require_command(std::span<const std::string> words) {
  if (words.size() > 1)
    if (const Command* command = find_command(fmt::format("{} {}", words[0], words[1])))
      return {command, 2};
  if (const Command* command = find_command(words[0])) return {command, 1};
  unknown_command(words);
}

/// Overwrites what the options for passwords have in argv, which every user of the machine can read
/// in the list of processes. It has been copied before.
void hide_secrets(char** begin, char** end, bool has_password_option) {
  const auto hide = [](char* text) { std::fill(text, text + std::strlen(text), '*'); };
  for (char** word = begin; word != end; ++word) {
    const std::string_view text = *word;
    for (const std::string_view option : {"--creds", "--password", "-p"}) {
      if (option != "--creds" && !has_password_option) continue;
      const bool is_short = !option.starts_with("--");
      if (text == option) {
        if (word + 1 != end) hide(*++word);
        break;
      }
      if (text.starts_with(option) && (is_short || text[option.size()] == '=')) {
        hide(*word + option.size() + (is_short ? 0 : 1));
        break;
      }
    }
  }
}

std::vector<std::string> reversed(const std::vector<std::string>& words) {
  // CLI11 takes its words from the back.
  return {words.rbegin(), words.rend()};
}

/// The first flag that is given a value, as "Could not convert: --flag = value".
std::string flag_with_value(const CLI::App& app, const std::vector<std::string>& reversed_words) {
  for (auto word = reversed_words.rbegin(); word != reversed_words.rend(); ++word) {
    const std::size_t equals = word->find('=');
    if (equals == std::string::npos) continue;
    const CLI::Option* option = app.get_option_no_throw(word->substr(0, equals));
    if (option != nullptr && option->get_items_expected_max() == 0)
      return fmt::format("Could not convert: {} = {}", word->substr(0, equals),
                         word->substr(equals + 1));
  }
  return "a flag has a value that it cannot have";
}

void parse_words(CLI::App& app, const std::vector<std::string>& words, const std::string& where) {
  try {
    app.parse(std::vector<std::string>(words));
    // What `run` hands on begins with an operand: before it, every option has to be known.
    if (app.get_prefix_command() && app.remaining_size() != 0) {
      const std::string first = app.remaining().front();
      if (first.size() > 1 && first.front() == '-' && first != "--")
        unknown_option(app, where, first);
    }
  } catch (const CLI::CallForHelp&) {
    throw;
  } catch (const CLI::ParseError& error) {
    usage_error(app, where, error);
  } catch (const std::logic_error&) {
    // A flag with a value that is neither a truth nor a number; CLI11 lets the standard library's
    // exceptions for that pass.
    usage_error(app, where, CLI::ConversionError(flag_with_value(app, words)));
  }
}

}  // namespace

void add_global_options(CLI::App& root, GlobalOptions& globals, bool& is_version) {
  root.set_help_flag("-h,--help", "Show this help");
  root.add_flag("--version,-V,-v", is_version, "Show the version");
  root.add_option("--root", globals.root,
                  "Store images in this directory (default: $XDG_DATA_HOME/modulah)")
      ->option_text("DIR");
  root.add_option("--log-level", globals.log_level,
                  "What to print on stderr: error, warn, info or debug (default: info)")
      ->option_text("LEVEL")
      ->check(CLI::IsMember({"error", "warn", "info", "debug"}));
  root.add_flag("--no-sync", globals.is_unsynced,
                "Do not wait until images are on the disk: faster, but a power failure may damage "
                "the images");
  root.add_option("--color", globals.color,
                  "Color messages and help: auto, always or never (default: auto, which obeys "
                  "NO_COLOR, CLICOLOR and CLICOLOR_FORCE)")
      ->option_text("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  // Accepted for compatibility with buildah and podman; without effect.
  for (const char* name : {"--runroot", "--storage-driver", "--storage-opt", "--registries-conf"})
    root.add_option_function<std::string>(name, [](const std::string&) {})->group("");
}

void parse(int argc, char** argv, Parsed& parsed) {
  parsed.globals = std::make_shared<GlobalOptions>();
  const std::vector<std::string> all(argv + std::min(argc, 1), argv + argc);

  CLI::App root("modulah");
  bool is_version = false;
  add_global_options(root, *parsed.globals, is_version);
  let_last_win(root);
  ReadWords before = read_words(root, nullptr, all, OptionsAre::before_operand);
  const auto at = static_cast<std::ptrdiff_t>(before.operand_at);
  before.own.resize(before.own.size() - (all.size() - before.operand_at));
  try {
    parse_words(root, reversed(before.own), "modulah");
  } catch (const CLI::CallForHelp&) {
    parsed.text = overview(root);
    return;
  }
  std::vector<std::string> words(all.begin() + at, all.end());
  if (is_version) words = {"version"};
  const bool is_help = !words.empty() && words.front() == "help";
  if (is_help) {
    words.erase(words.begin());
    if (words.empty()) {
      parsed.text = overview(root);
      return;
    }
  }
  if (words.empty())
    throw Error(ErrorKind::usage, "no command given", "Run 'modulah --help' for the commands.");
  const auto [command, count] = require_command(words);
  parsed.command = command;

  // Options live as long as the function that runs the command: it keeps them.
  const std::string where = fmt::format("modulah {}", command->name);
  CLI::App app{std::string(command->summary), where};
  app.set_help_flag("-h,--help", "Show this help");
  parsed.run = command->define(app);
  if (is_help) {
    parsed.text = help_of(*command, app);
    return;
  }
  let_last_win(app);
  const ReadWords after =
      read_words(app, &root, std::span(words).subspan(count),
                 app.get_prefix_command() ? OptionsAre::before_operand : OptionsAre::anywhere);
  parse_words(root, reversed(after.global), "modulah");
  try {
    hide_secrets(argv + 1, argv + argc, command->name == "login");
    parse_words(app, reversed(after.own), where);
  } catch (const CLI::CallForHelp&) {
    parsed.text = help_of(*command, app);
  }
}

}  // namespace modulah::cli
