// The scripts in completions/, as texts; completion_scripts.cc is made of them by CMake.
#pragma once

#include <string_view>

namespace modulah::cli {

extern const std::string_view kBashCompletion;
extern const std::string_view kZshCompletion;
extern const std::string_view kFishCompletion;

}  // namespace modulah::cli
