// Prompts at the terminal.
#pragma once

#include <string>
#include <string_view>

#include "command.h"

namespace modulah::cli {

/// A line from the terminal, after `question`. Throws Error usage, with `hint`, when stdin is not a
/// terminal or ends, and cancelled when the command is to stop.
[[nodiscard]] std::string prompt_line(const Invocation& invocation, std::string_view question,
                                      std::string_view hint);
/// The same for a secret, without echo. The terminal's mode is restored however it ends.
[[nodiscard]] std::string prompt_secret(const Invocation& invocation, std::string_view question,
                                        std::string_view hint);
/// The content of a file with a secret, without the final newline; "-" is stdin. The file may be a
/// pipe. Throws Error usage, with `option` as the option that names it, when it is empty or too
/// long.
[[nodiscard]] std::string read_secret(const World& world, const std::string& file,
                                      std::string_view option);
/// All of stdin, without the final newline. Throws Error usage when it is too long.
[[nodiscard]] std::string read_secret_from_input();

}  // namespace modulah::cli
