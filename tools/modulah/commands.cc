// The list of commands, in the order of the help, and what they share.
#include "commands.h"

#include <algorithm>
#include <array>

#include "modulah/base/error.h"

#include "terminal_reporter.h"

namespace modulah::cli {

std::span<const Command> all_commands() {
  static const std::array kCommands = {
      // Images
      build_command,
      images_command,
      inspect_command,
      manifest_inspect_command,
      history_command,
      exists_command,
      tag_command,
      untag_command,
      rmi_command,
      image_prune_command,
      save_command,
      load_command,
      fsck_command,
      validate_command,
      // Registries
      pull_command,
      push_command,
      login_command,
      logout_command,
      // Run
      run_command,
      // System
      info_command,
      system_df_command,
      system_prune_command,
      // Other
      completion_command,
      version_command,
      // Not listed
      docs_command,
      complete_command,
      binaryen_worker_command,
      compile_worker_command,
      debug_command,
  };
  return kCommands;
}

std::span<const CommandAlias> command_aliases() {
  static constexpr std::array kAliases = {
      CommandAlias{"image build", "build"},     CommandAlias{"image exists", "exists"},
      CommandAlias{"image history", "history"}, CommandAlias{"image inspect", "inspect"},
      CommandAlias{"image list", "images"},     CommandAlias{"image load", "load"},
      CommandAlias{"image ls", "images"},       CommandAlias{"image pull", "pull"},
      CommandAlias{"image push", "push"},       CommandAlias{"image remove", "rmi"},
      CommandAlias{"image rm", "rmi"},          CommandAlias{"image save", "save"},
      CommandAlias{"image tag", "tag"},         CommandAlias{"image untag", "untag"},
      CommandAlias{"system check", "fsck"},
  };
  return kAliases;
}

std::filesystem::path store_root(const World& world, const GlobalOptions& globals) {
  if (!globals.root.empty()) return world.directory / globals.root;
  std::string data = world.env("XDG_DATA_HOME");
  if (data.empty()) {
    const std::string home = world.env("HOME");
    if (home.empty())
      throw Error(ErrorKind::usage, "no place for images: neither XDG_DATA_HOME nor HOME is set",
                  "Give a directory with --root DIR.");
    data = home + "/.local/share";
  }
  return std::filesystem::path(data) / "modulah";
}

store::StoreOptions Invocation::store_options(Reporter& reporter, std::stop_token stop) const {
  return {.is_synced = !globals.is_unsynced, .reporter = &reporter, .stop = std::move(stop)};
}

std::unique_ptr<Reporter> Invocation::make_reporter(bool is_quiet) const {
  const LogLevel level = parse_log_level(globals.log_level);
  return make_terminal_reporter(world, is_quiet ? std::min(level, LogLevel::warn) : level);
}

}  // namespace modulah::cli
