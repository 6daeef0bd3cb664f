// The commands, each defined in its own cmd_<name>.cc.
#pragma once

#include "command.h"

namespace modulah::cli {

extern const Command run_command;
extern const Command version_command;

}  // namespace modulah::cli
