// modulah completion: print what a shell needs to complete modulah's words; and the hidden command
// that the shell then asks.
#include <memory>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/text.h"

#include "candidates.h"
#include "commands.h"
#include "configured.h"
#include "print.h"

namespace modulah::cli {

namespace {

struct Options {
  std::string shell;
};

int print_script(const Options& options) {
  if (options.shell == "bash") print(kBashCompletion);
  if (options.shell == "zsh") print(kZshCompletion);
  if (options.shell == "fish") print(kFishCompletion);
  return 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("SHELL", options->shell)
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  return [options](const Invocation&) { return print_script(*options); };
}

/// Each word with a "=" before it, so that none is an option, or empty.
std::vector<std::string> unmarked(const std::vector<std::string>& marked) {
  std::vector<std::string> words;
  for (const std::string& word : marked) words.push_back(word.substr(word.empty() ? 0 : 1));
  return words;
}

int print_candidates(const std::vector<std::string>& marked, const World& world) {
  const Candidates candidates = complete(unmarked(marked), world);
  std::string out;
  for (const Candidate& one : candidates.words)
    out += one.description.empty()
               ? fmt::format("{}\n", printable(one.text))
               : fmt::format("{}\t{}\n", printable(one.text), printable(one.description));
  switch (candidates.files) {
    case Candidates::Files::none:
      out += ":none\n";
      break;
    case Candidates::Files::files:
      out += ":files\n";
      break;
    case Candidates::Files::directories:
      out += ":directories\n";
      break;
  }
  print(out);
  return 0;
}

Run define_complete(CLI::App& app) {
  auto words = std::make_shared<std::vector<std::string>>();
  app.add_option("WORD", *words);
  return
      [words](const Invocation& invocation) { return print_candidates(*words, invocation.world); };
}

}  // namespace

const Command completion_command = {
    .name = "completion",
    .alias = "",
    .group = "Other",
    .operands = "bash|zsh|fish",
    .summary = "Print the completion script of a shell",
    .description =
        R"(The script completes commands, options, their values, and the names of local
images. 'cmake --install' puts the scripts where the shells look for them.

Examples:
  # For this shell
  $ source <(modulah completion bash)

  # For all shells to come
  $ modulah completion zsh > "${fpath[1]}/_modulah"
  $ modulah completion fish > ~/.config/fish/completions/modulah.fish

Exit status:
  0 on success, 2 when the command line is wrong.)",
    .define = define,
};

const Command complete_command = {
    .name = "__complete",
    .alias = "",
    .group = "",
    .operands = "=WORD...",
    .summary = "Print what completes the last word",
    .description =
        "Called by the scripts of 'modulah completion'. Each word has a \"=\" before it. The last\n"
        "line says which files fit as well: \":none\", \":files\" or \":directories\".",
    .define = define_complete,
};

}  // namespace modulah::cli
