// From argv to a command that is ready to run.
//
// CLI11 reads the words; what it says about wrong ones is put into our own form here, so that
// every mistake names the word, and the nearest right one.
#include "parse.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <stdexcept>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/nearest.h"

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

/// What those who come from podman, buildah and docker may look for, and have under another name.
struct OtherCommand {
  std::string_view name;
  std::string_view hint;
};

constexpr std::string_view kNoContainers =
    "There are no containers: 'modulah run' ends with its guest, and leaves nothing.";

constexpr OtherCommand kOtherCommands[] = {
    {"commit", "An image is made of a Containerfile: 'modulah build'."},
    {"exec", kNoContainers},
    {"from", "An image is made of a Containerfile: 'modulah build'."},
    {"history", "Run 'modulah inspect -f \"{{json .History}}\" IMAGE'."},
    {"image", "Its commands have no word before them: 'modulah images', 'modulah rmi', …"},
    {"info", "Run 'modulah version'."},
    {"kill", kNoContainers},
    {"load", "Run 'modulah pull oci-archive:FILE'."},
    {"logs", kNoContainers},
    {"ls", "Run 'modulah images'."},
    {"manifest", "Several --platform of 'modulah build' make an index."},
    {"ps", kNoContainers},
    {"rm", "Images are removed by 'modulah rmi'; there are no containers."},
    {"save", "Run 'modulah push IMAGE oci-archive:FILE'."},
    {"start", kNoContainers},
    {"stop", kNoContainers},
    {"system", "Run 'modulah rmi --prune', which removes what no image needs."},
    {"untag",
     "Run 'modulah rmi NAME': it takes the name off, and with the last one the image goes."},
};

[[noreturn]] void unknown_command(const std::string& word) {
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

/// Turns CLI11's words about a wrong line into ours.
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
    message = fmt::format("{} \"{}\" is none of {}", message.substr(0, colon),
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

const Command* find_command(std::string_view name) {
  for (const Command& command : all_commands())
    if (command.name == name || (!command.alias.empty() && command.alias == name)) return &command;
  return nullptr;
}

/// Where the command's name stands in argv, or argc; the words before it are global options.
int find_command_word(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word.empty() || word.front() != '-') return i;
    constexpr std::string_view kWithValue[] = {"--root",        "--log-level",
                                               "--runroot",     "--storage-driver",
                                               "--storage-opt", "--registries-conf"};
    for (const std::string_view option : kWithValue)
      if (word == option) ++i;
  }
  return argc;
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

std::vector<std::string> reversed(char** begin, char** end) {
  // CLI11 takes its words from the back.
  std::vector<std::string> words;
  while (end != begin) words.emplace_back(*--end);
  return words;
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
  return "a flag is given a value that it cannot have";
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
                  "Keep images in this directory (default: $XDG_DATA_HOME/modulah)")
      ->option_text("DIR");
  root.add_option("--log-level", globals.log_level,
                  "How much to say on stderr: error, warn, info or debug (default: info)")
      ->option_text("LEVEL")
      ->check(CLI::IsMember({"error", "warn", "info", "debug"}));
  // What scripts pass to buildah and podman, and what has no meaning here.
  for (const char* name : {"--runroot", "--storage-driver", "--storage-opt", "--registries-conf"})
    root.add_option_function<std::string>(name, [](const std::string&) {})->group("");
}

void parse(int argc, char** argv, Parsed& parsed) {
  parsed.globals = std::make_shared<GlobalOptions>();
  const int at = find_command_word(argc, argv);

  CLI::App root("modulah");
  bool is_version = false;
  add_global_options(root, *parsed.globals, is_version);
  try {
    parse_words(root, reversed(argv + 1, argv + at), "modulah");
  } catch (const CLI::CallForHelp&) {
    parsed.text = overview(root);
    return;
  }
  std::string_view name = is_version ? "version" : at < argc ? argv[at] : "";
  if (name == "help") {
    if (at + 1 >= argc) {
      parsed.text = overview(root);
      return;
    }
    name = argv[at + 1];
  }
  if (name.empty())
    throw Error(ErrorKind::usage, "no command is given", "Run 'modulah --help' for the commands.");
  const Command* command = find_command(name);
  if (command == nullptr) unknown_command(std::string(name));
  parsed.command = command;

  // Options live as long as the function that runs the command: it keeps them.
  const std::string where = fmt::format("modulah {}", command->name);
  CLI::App app{std::string(command->summary), where};
  app.set_help_flag("-h,--help", "Show this help");
  parsed.run = command->define(app);
  if (std::string_view(at < argc ? argv[at] : "") == "help") {
    parsed.text = help_of(*command, app);
    return;
  }
  try {
    const std::vector<std::string> words = reversed(argv + std::min(at + 1, argc), argv + argc);
    hide_secrets(argv + std::min(at + 1, argc), argv + argc, command->name == "login");
    if (!is_version) parse_words(app, words, where);
  } catch (const CLI::CallForHelp&) {
    parsed.text = help_of(*command, app);
  }
}

}  // namespace modulah::cli
