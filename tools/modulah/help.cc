// The help pages, made of the same option objects that read the command line.
//
// Set for 80 columns whatever the terminal, so that a page looks the same in a pipe, in a
// terminal and in a bug report.
#include <algorithm>

#include <fmt/format.h>

#include "command.h"

namespace modulah::cli {

namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kTextColumn = 26;

/// Breaks `text` into lines of at most `width` characters, at spaces.
std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    std::size_t end = std::min(newline, text.size());
    if (end > width) {
      end = text.rfind(' ', width);
      if (end == std::string_view::npos || end == 0) end = std::min(text.find(' '), text.size());
    }
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// "  -t, --tag NAME          Name the image…", with the text in its column.
std::string row(std::string_view left, std::string_view text) {
  std::string out = fmt::format("  {}", left);
  const std::vector<std::string> lines = wrap(text, kColumns - kTextColumn);
  std::size_t column = out.size();
  if (column + 2 > kTextColumn) {
    out += '\n';
    column = 0;
  }
  for (const std::string& line : lines) {
    out += std::string(kTextColumn - column, ' ') + line + "\n";
    column = 0;
  }
  return out;
}

/// "-t, --tag NAME" or "    --optimize[=LEVEL]".
std::string option_words(const CLI::Option& option) {
  std::string words;
  for (const std::string& name : option.get_snames()) words += fmt::format("-{}, ", name);
  if (words.empty()) words = "    ";
  bool is_first = true;
  for (const std::string& name : option.get_lnames()) {
    words += fmt::format("{}--{}", is_first ? "" : ", ", name);
    is_first = false;
  }
  if (option.get_lnames().empty()) words.resize(words.size() - 2);
  const std::string type = option.get_option_text();
  if (type.empty()) return words;
  return words + (type.front() == '[' ? "" : " ") + type;
}

std::string options_section(const CLI::App& app, std::string_view title) {
  std::string out;
  for (const OptionWords& option : options_of(app)) out += row(option.name, option.text);
  return out.empty() ? out : fmt::format("\n{}:\n{}", title, out);
}

}  // namespace

std::vector<OptionWords> options_of(const CLI::App& app) {
  std::vector<OptionWords> options;
  for (const CLI::Option* option : app.get_options())
    if (!option->get_positional() && !option->get_group().empty())
      options.push_back({option_words(*option), option->get_description()});
  return options;
}

std::string overview(const CLI::App& root) {
  std::string out =
      "Turn compiled WebAssembly into OCI images, push them, pull them, run them.\n\n"
      "Usage: modulah [OPTIONS] COMMAND\n";
  std::string_view group;
  for (const Command& command : all_commands()) {
    if (command.group.empty()) continue;
    if (command.group != group) out += fmt::format("\n{}:\n", command.group);
    group = command.group;
    std::string name(command.name);
    if (!command.alias.empty()) name += fmt::format(", {}", command.alias);
    out += row(name, command.summary);
  }
  out += options_section(root, "Options");
  out += "\nRun 'modulah COMMAND --help' for the options and examples of a command.\n";
  return out;
}

std::string help_of(const Command& command, const CLI::App& app) {
  std::string out =
      fmt::format("{}\n\nUsage: modulah {} [OPTIONS]{}{}\n", command.summary, command.name,
                  command.operands.empty() ? "" : " ", command.operands);
  if (!command.alias.empty()) out += fmt::format("Alias: {}\n", command.alias);
  out += options_section(app, "Options");
  if (!command.description.empty()) out += fmt::format("\n{}\n", command.description);
  return out;
}

}  // namespace modulah::cli
