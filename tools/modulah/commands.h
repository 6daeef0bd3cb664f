// The commands, each defined in its own cmd_<name>.cc.
#pragma once

#include "command.h"

namespace modulah::cli {

extern const Command build_command;
extern const Command images_command;
extern const Command inspect_command;
extern const Command tag_command;
extern const Command rmi_command;
extern const Command untag_command;
extern const Command exists_command;
extern const Command history_command;
extern const Command manifest_inspect_command;
extern const Command save_command;
extern const Command load_command;
extern const Command pull_command;
extern const Command push_command;
extern const Command login_command;
extern const Command logout_command;
extern const Command run_command;
extern const Command validate_command;
extern const Command fsck_command;
extern const Command image_prune_command;
extern const Command system_prune_command;
extern const Command system_df_command;
extern const Command info_command;
extern const Command completion_command;
extern const Command complete_command;
extern const Command version_command;
extern const Command binaryen_worker_command;
extern const Command compile_worker_command;
extern const Command docs_command;
extern const Command debug_command;

}  // namespace modulah::cli
