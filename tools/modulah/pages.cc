// Makes Markdown and man pages from the commands.
//
// A command's description is structured text: paragraphs, and headings on lines of their own that
// end with ":". Indented text is an example and is kept as it is.
#include "pages.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "modulah/base/ascii.h"

#include "command.h"
#include "parse.h"

namespace modulah::cli {

namespace {

constexpr std::string_view kSummary =
    "Turn compiled WebAssembly into OCI images, push them, pull them, run them";

/// A paragraph, or an example without its indentation.
struct Block {
  bool is_example = false;
  std::string text;
};

struct Section {
  std::string title;  ///< Empty for the text before the first heading.
  std::vector<Block> blocks;
};

bool is_heading(std::string_view line) {
  return line.size() > 1 && line.front() >= 'A' && line.front() <= 'Z' && line.back() == ':' &&
         line.size() < 30;
}

/// Reads a description. The text of "Exit status" is indented as well, but is not an example.
std::vector<Section> sections_of(std::string_view description) {
  std::vector<Section> sections = {{}};
  bool is_new_block = true;
  while (!description.empty()) {
    const std::size_t end = std::min(description.find('\n'), description.size());
    std::string_view line = description.substr(0, end);
    description.remove_prefix(std::min(end + 1, description.size()));
    if (line.empty() || is_heading(line)) {
      is_new_block = true;
      if (!line.empty()) sections.push_back({std::string(line.substr(0, line.size() - 1)), {}});
      continue;
    }
    const bool is_indented = line.starts_with("  ");
    if (is_indented) line.remove_prefix(2);
    std::vector<Block>& blocks = sections.back().blocks;
    const bool is_example = is_indented && sections.back().title != "Exit status";
    if (is_new_block) blocks.push_back({is_example, {}});
    if (!is_new_block) blocks.back().text += is_example ? '\n' : ' ';
    blocks.back().text += line;
    is_new_block = false;
  }
  return sections;
}

/// "modulah run [OPTIONS] IMAGE|FILE [ARG...]".
std::string usage_of(const Command& command) {
  return fmt::format("modulah {} [OPTIONS]{}{}", command.name, command.operands.empty() ? "" : " ",
                     command.operands);
}

/// "manifest-inspect" for "manifest inspect".
std::string file_name(const Command& command) {
  std::string name(command.name);
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string trimmed(std::string_view text) {
  return std::string(text.substr(std::min(text.find_first_not_of(' '), text.size())));
}

std::string markdown_of(const Command& command, const std::vector<OptionWords>& options) {
  std::string out = fmt::format("# modulah {}\n\n{}.\n\n```\n{}\n```\n", command.name,
                                command.summary, usage_of(command));
  if (!command.alias.empty()) out += fmt::format("\nAlias: `modulah {}`\n", command.alias);
  std::vector<Section> sections = sections_of(command.description);
  const auto add_blocks = [&out](const Section& section) {
    for (const Block& block : section.blocks)
      out += block.is_example ? fmt::format("\n```console\n{}\n```\n", block.text)
                              : fmt::format("\n{}\n", block.text);
  };
  add_blocks(sections.front());
  out += "\n## Options\n\n";
  for (const OptionWords& option : options)
    out += fmt::format("- `{}`: {}\n", trimmed(option.name), option.text);
  for (std::size_t i = 1; i < sections.size(); ++i) {
    out += fmt::format("\n## {}\n", sections[i].title);
    add_blocks(sections[i]);
  }
  return out;
}

/// A text as roff, with everything escaped that roff would interpret.
std::string roff(std::string_view text) {
  std::string out;
  bool is_line_start = true;
  for (const char c : text) {
    if (is_line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
    is_line_start = c == '\n';
  }
  return out;
}

std::string man_head(const std::string& name, std::string_view summary) {
  return fmt::format(".TH {} 1 \"\" modulah \"User Commands\"\n.SH NAME\n{} \\- {}\n",
                     upper(roff(name)), roff(name), roff(summary));
}

std::string man_options(const std::vector<OptionWords>& options) {
  std::string out = ".SH OPTIONS\n";
  for (const OptionWords& option : options)
    out += fmt::format(".TP\n.B {}\n{}\n", roff(trimmed(option.name)), roff(option.text));
  return out;
}

std::string man_blocks(const Section& section) {
  std::string out;
  for (const Block& block : section.blocks)
    out += block.is_example ? fmt::format(".PP\n.nf\n.RS\n{}\n.RE\n.fi\n", roff(block.text))
                            : fmt::format(".PP\n{}\n", roff(block.text));
  return out;
}

std::string man_of(const Command& command, const std::vector<OptionWords>& options) {
  std::string out = man_head("modulah-" + file_name(command), command.summary);
  out += fmt::format(".SH SYNOPSIS\n.B {}\n", roff(usage_of(command)));
  if (!command.alias.empty()) out += fmt::format(".br\n.B modulah {}\n", roff(command.alias));
  const std::vector<Section> sections = sections_of(command.description);
  if (!sections.front().blocks.empty())
    out += fmt::format(".SH DESCRIPTION\n{}", man_blocks(sections.front()));
  out += man_options(options);
  for (std::size_t i = 1; i < sections.size(); ++i)
    out += fmt::format(".SH {}\n{}", upper(sections[i].title), man_blocks(sections[i]));
  return out + ".SH SEE ALSO\n.BR modulah (1)\n";
}

/// The pages about the program itself: its commands and the options before them.
void add_overview(std::map<std::string, std::string>& pages) {
  CLI::App root("modulah");
  GlobalOptions globals;
  bool is_version = false;
  add_global_options(root, globals, is_version);
  const std::vector<OptionWords> options = options_of(root);
  std::string markdown = fmt::format(
      "# modulah\n\n{}.\n\n```\nmodulah [OPTIONS] COMMAND\n```\n\nThese pages are generated by "
      "`modulah docs` from the same text as `--help`.\n",
      kSummary);
  std::string man =
      man_head("modulah", kSummary) + ".SH SYNOPSIS\n.B modulah [OPTIONS] COMMAND\n.SH COMMANDS\n";
  std::string_view group;
  for (const Command& command : all_commands()) {
    if (command.group.empty()) continue;
    if (command.group != group) markdown += fmt::format("\n## {}\n\n", command.group);
    group = command.group;
    markdown +=
        fmt::format("- [{}]({}.md): {}\n", command.name, file_name(command), command.summary);
    man += fmt::format(".TP\n.BR modulah\\-{} (1)\n{}\n", roff(file_name(command)),
                       roff(command.summary));
  }
  markdown += "\n## Options\n\n";
  for (const OptionWords& option : options)
    markdown += fmt::format("- `{}`: {}\n", trimmed(option.name), option.text);
  pages["cli/README.md"] = std::move(markdown);
  pages["man/modulah.1"] = man + man_options(options);
}

}  // namespace

std::map<std::string, std::string> make_pages() {
  std::map<std::string, std::string> pages;
  add_overview(pages);
  for (const Command& command : all_commands()) {
    if (command.group.empty()) continue;
    CLI::App app;
    app.set_help_flag("-h,--help", "Show this help");
    const Run kept = command.define(app);  // Owns what the options write to.
    const std::vector<OptionWords> options = options_of(app);
    pages[fmt::format("cli/{}.md", file_name(command))] = markdown_of(command, options);
    pages[fmt::format("man/modulah-{}.1", file_name(command))] = man_of(command, options);
  }
  return pages;
}

}  // namespace modulah::cli
