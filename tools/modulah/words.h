// Reads the words of a command line as pflag does, which buildah and podman use.
//
// CLI11 has rules of its own: "--target= -f X" gives --target the value "-f", "-e -x" leaves -e
// without a value, and "-t=x" has the value "=x". So the words are read here first, and handed to
// it in the one form that it reads as pflag would: "--name=value", or "--name" and an empty word.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace modulah::cli {

/// Which words may be options.
enum class OptionsAre {
  anywhere,        ///< Up to "--".
  before_operand,  ///< What follows the first operand is somebody else's.
};

struct ReadWords {
  std::vector<std::string> own;     ///< For the command's own parser.
  std::vector<std::string> global;  ///< Options that it does not have, and `globals` has.
  /// Where the first operand is in the words, or their number: only for `before_operand`.
  std::size_t operand_at = 0;
};

/// Sorts and rewrites `words`. An option of `app` goes before one of `globals` (null: there are
/// none) with the same name. Unknown options stay as they are. Throws Error usage for a flag whose
/// value is empty.
[[nodiscard]] ReadWords read_words(const CLI::App& app, const CLI::App* globals,
                                   std::span<const std::string> words,
                                   OptionsAre options = OptionsAre::anywhere);

/// Of an option that takes one value the last one counts when it is given again, as pflag has it.
void let_last_win(CLI::App& app);

}  // namespace modulah::cli
