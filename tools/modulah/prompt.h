// Asking at the terminal.
#pragma once

#include <string>
#include <string_view>

#include "command.h"

namespace modulah::cli {

/// A line from the terminal, after `question`. Throws Error usage, with `hint`, when stdin is none
/// or ends, and cancelled when the command is told to stop.
[[nodiscard]] std::string prompt_line(const Invocation& invocation, std::string_view question,
                                      std::string_view hint);
/// The same for what nobody should see: it is not shown while it is typed. Whatever ends the wait,
/// the terminal is as it was afterwards.
[[nodiscard]] std::string prompt_secret(const Invocation& invocation, std::string_view question,
                                        std::string_view hint);
/// The content of a file that holds a secret, without the end of its last line; "-" is stdin. The
/// file may be a pipe. Throws Error usage, with `option` as the one that names it, when it is empty
/// or too long.
[[nodiscard]] std::string read_secret(const World& world, const std::string& file,
                                      std::string_view option);
/// All of stdin, without the end of its last line. Throws Error usage when it is too long.
[[nodiscard]] std::string read_secret_from_input();

}  // namespace modulah::cli
