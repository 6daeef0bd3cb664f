// What ended a command, as text and as an exit status.
#pragma once

#include <exception>
#include <string>

#include "command.h"

namespace modulah::cli {

struct Failure {
  std::string text;  ///< For stderr, with its line's end; empty: there is nothing to say.
  int status = 0;
};

/// 0 when the reader of the output has gone; 2 for a wrong command line; 1 for all else that can go
/// wrong, or what the command has for its failures; 70 for an exception that should never come
/// here. `command` is null when none was recognised.
[[nodiscard]] Failure failure_of(std::exception_ptr exception, const Command* command);

}  // namespace modulah::cli
