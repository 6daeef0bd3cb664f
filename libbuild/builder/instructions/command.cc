// What a container runs: CMD, ENTRYPOINT, SHELL, HEALTHCHECK, ONBUILD.
#include <chrono>
#include <utility>

#include "instructions/instructions.h"

namespace modulah::builder {

namespace {

/// The words to run: those of the JSON form, or the shell with the text as its last word.
std::vector<std::string> argv_of(const containerfile::CommandForm& form,
                                 const std::vector<std::string>& shell) {
  if (!form.is_shell) return form.args;
  if (form.args.empty()) return {};
  std::vector<std::string> argv = shell;
  if (argv.empty()) argv = {"/bin/sh", "-c"};
  argv.insert(argv.end(), form.args.begin(), form.args.end());
  return argv;
}

}  // namespace

StageState apply(StageState state, const containerfile::Cmd& cmd) {
  oci::ContainerConfig& config = state.image.config.config;
  config.command = argv_of(cmd.command, config.shell);
  return state;
}

StageState apply(StageState state, const containerfile::Entrypoint& entrypoint) {
  oci::ContainerConfig& config = state.image.config.config;
  config.entrypoint = argv_of(entrypoint.command, config.shell);
  return state;
}

StageState apply(StageState state, const containerfile::Shell& shell) {
  state.image.config.config.shell = shell.args;
  return state;
}

StageState apply(StageState state, const containerfile::Healthcheck& given) {
  oci::Healthcheck check;
  if (given.is_none) {
    check.test = {"NONE"};
  } else {
    // Docker's two forms of a test: the shell is added when it runs, not here.
    check.test = {given.command.is_shell ? "CMD-SHELL" : "CMD"};
    check.test.insert(check.test.end(), given.command.args.begin(), given.command.args.end());
    check.interval = given.interval.value_or(std::chrono::nanoseconds{0});
    check.timeout = given.timeout.value_or(std::chrono::nanoseconds{0});
    check.start_period = given.start_period.value_or(std::chrono::nanoseconds{0});
    check.start_interval = given.start_interval.value_or(std::chrono::nanoseconds{0});
    check.retries = static_cast<int>(given.retries.value_or(0));
  }
  state.image.config.config.healthcheck = std::move(check);
  return state;
}

StageState apply(StageState state, const containerfile::OnBuild& on_build) {
  state.image.config.config.on_build.push_back(on_build.text.text);
  return state;
}

}  // namespace modulah::builder
