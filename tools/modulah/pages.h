// The pages of docs/cli and docs/man, made of the same words as the help.
#pragma once

#include <map>
#include <string>

namespace modulah::cli {

/// All pages by their path: "cli/run.md", "cli/README.md", "man/modulah-run.1", "man/modulah.1".
/// Equal for equal commands: no date and no version stands in them.
[[nodiscard]] std::map<std::string, std::string> make_pages();

}  // namespace modulah::cli
