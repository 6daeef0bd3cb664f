// From argv to a command that is ready to run.
#pragma once

#include <memory>
#include <string>

#include "command.h"

namespace modulah::cli {

struct Parsed {
  std::string text;  ///< A help page or version to print; then there is nothing to run.
  std::shared_ptr<GlobalOptions> globals;
  const Command* command = nullptr;  ///< Known as soon as its name has been read.
  Run run;
};

/// Adds the options that may precede every command to the program's own `root`.
void add_global_options(CLI::App& root, GlobalOptions& globals, bool& is_version);

/// Fills `parsed`. Throws Error usage, naming the word that is wrong and the nearest right one.
void parse(int argc, char** argv, Parsed& parsed);

}  // namespace modulah::cli
