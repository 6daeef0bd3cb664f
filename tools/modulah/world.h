// What the program is told by the outside: environment, directory, terminal, clock.
//
// Read once, here and nowhere else, and handed down: libraries take what they need as
// arguments, and so can be used twice in one process, or tested with another world.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "modulah/oci/platform.h"

namespace modulah::cli {

struct World {
  std::map<std::string, std::string> environment;
  std::filesystem::path directory;   ///< The working directory.
  std::filesystem::path executable;  ///< This program's own file.
  bool is_input_terminal = false;
  bool is_output_terminal = false;
  bool is_error_terminal = false;
  oci::Platform platform;  ///< What this machine runs natively, e.g. linux/amd64.
  unsigned threads = 1;    ///< How many run at once on this machine.
  std::int64_t now = 0;    ///< Seconds since 1970, for what is shown to people only.

  /// The value of an environment variable; empty when it is not set.
  [[nodiscard]] std::string env(std::string_view name) const;
  /// PATH, or the system's usual one when it is not set.
  [[nodiscard]] std::string search_path() const;
};

[[nodiscard]] World read_world();

/// How wide the terminal on stderr is now; 80 when it does not say. The one thing that is asked for
/// again and again: people change the size of a window while it is drawn in.
[[nodiscard]] unsigned terminal_columns();

}  // namespace modulah::cli
