// What may come next on a command line, for the completions of shells.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "command.h"

namespace modulah::cli {

struct Candidate {
  std::string text;         ///< The whole word.
  std::string description;  ///< May be empty.
};

struct Candidates {
  enum class Files { none, files, directories };
  std::vector<Candidate> words;
  Files files = Files::none;  ///< What else fits: names of files, which the shell knows itself.
};

/// What completes the last of `words`, which may be empty; the words before it are the command line
/// without the program's name. All of it comes from the option objects that also read the command
/// line. Names of images come from the store, and are missing when it cannot be read.
[[nodiscard]] Candidates complete(std::span<const std::string> words, const World& world);

}  // namespace modulah::cli
