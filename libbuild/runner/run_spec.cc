// Puts an image's configuration and the user's wishes together.
#include "modulah/runner/run_spec.h"

#include <algorithm>

#include <fmt/format.h>

#include "modulah/base/error.h"

#include "guest_path.h"

namespace modulah::runner {
namespace {

using Words = std::vector<std::string>;

/// ENTRYPOINT and CMD, and what replaces them: an entry point of the user's drops the image's
/// command, words of the user's replace it.
Words words_to_run(const oci::ContainerConfig& image, const RunOverrides& overrides) {
  Words words;
  if (overrides.entrypoint)
    words = *overrides.entrypoint;
  else if (image.entrypoint)
    words = *image.entrypoint;
  if (words.size() == 1 && words.front().empty()) words.clear();
  if (!overrides.args.empty())
    words.insert(words.end(), overrides.args.begin(), overrides.args.end());
  else if (!overrides.entrypoint && image.command)
    words.insert(words.end(), image.command->begin(), image.command->end());
  return words;
}

void require_runnable(const Words& words, std::string_view image) {
  if (words.empty() || words.front().empty())
    throw Error(
        ErrorKind::invalid,
        fmt::format("image {} does not say what to run, and neither does the command line", image),
        "Give the module's path after the image, or build the image with CMD "
        "[\"/app.wasm\"].");
  const std::string& program = words.front();
  if (words.size() > 1 && words[1] == "-c" && (program == "/bin/sh" || program == "/bin/bash"))
    throw Error(
        ErrorKind::invalid,
        fmt::format("image {} requires a shell ({} -c …), which a Wasm module does not have", image,
                    program),
        "Build it with the exec form, CMD [\"/app.wasm\"], or give the module's path after "
        "the image.");
}

std::string_view name_of(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

/// Replaces a variable of the same name, or appends it.
void set(std::vector<std::string>& environment, std::string variable) {
  const std::string_view name = name_of(variable);
  for (std::string& existing : environment) {
    if (name_of(existing) != name) continue;
    existing = std::move(variable);
    return;
  }
  environment.push_back(std::move(variable));
}

void add_environment(const oci::ContainerConfig& image, const RunOverrides& overrides,
                     RunSpec& spec) {
  for (const std::string& variable : image.environment) {
    const std::size_t equals = variable.find('=');
    if (equals == 0 || equals == std::string::npos)
      spec.notes.push_back(
          fmt::format("the image's variable \"{}\" is not NAME=value and is ignored", variable));
    else
      set(spec.environment, variable);
  }
  for (const std::string& variable : overrides.environment) {
    const std::size_t equals = variable.find('=');
    if (equals == 0 || equals == std::string::npos)
      throw Error(ErrorKind::usage, fmt::format("variable \"{}\" is not NAME=value", variable));
    set(spec.environment, variable);
  }
  // Go programs take their working directory from it; WASI has no other way to pass it.
  const bool has_pwd = std::any_of(spec.environment.begin(), spec.environment.end(),
                                   [](const std::string& v) { return name_of(v) == "PWD"; });
  if (spec.working_directory != "/" && !has_pwd)
    spec.environment.push_back("PWD=" + spec.working_directory);
}

std::string working_directory_of(const oci::ContainerConfig& image, const RunOverrides& overrides) {
  if (!overrides.working_directory) return absolute_guest_path(image.working_directory, "/");
  if (!overrides.working_directory->starts_with('/'))
    throw Error(ErrorKind::usage, fmt::format("working directory \"{}\" does not begin with /",
                                              *overrides.working_directory));
  return absolute_guest_path(*overrides.working_directory, "/");
}

/// Splits "PATH.wasm#FUNCTION" off the first word.
void take_function(RunSpec& spec) {
  std::string& program = spec.args.front();
  const std::size_t hash = program.rfind('#');
  if (hash == std::string::npos || hash + 1 == program.size()) return;
  const std::string_view path = std::string_view(program).substr(0, hash);
  if (!path.ends_with(".wasm")) return;
  spec.function = program.substr(hash + 1);
  program.resize(hash);
}

void add_notes(const oci::ContainerConfig& image, RunSpec& spec) {
  const bool is_root = image.user.empty() || image.user == "0" || image.user == "root" ||
                       image.user == "0:0" || image.user == "root:root";
  if (!is_root)
    spec.notes.push_back(
        fmt::format("the image's USER {} is ignored: a Wasm module runs as you", image.user));
  for (const std::string& volume : image.volumes) {
    const std::string path = absolute_guest_path(volume, "/");
    const bool is_given =
        std::any_of(spec.volumes.begin(), spec.volumes.end(),
                    [&](const Volume& given) { return is_within(path, given.guest); });
    if (!is_given)
      spec.notes.push_back(fmt::format(
          "the image's VOLUME {} is read-only; mount a directory with -v DIR:{}", path, path));
  }
}

}  // namespace

RunSpec make_run_spec(const oci::ImageConfig& config, const RunOverrides& overrides,
                      std::string_view image) {
  RunSpec spec;
  spec.args = words_to_run(config.config, overrides);
  require_runnable(spec.args, image);
  take_function(spec);
  spec.working_directory = working_directory_of(config.config, overrides);
  spec.module_path = absolute_guest_path(spec.args.front(), spec.working_directory);
  add_environment(config.config, overrides, spec);
  spec.volumes = overrides.volumes;
  add_notes(config.config, spec);
  return spec;
}

}  // namespace modulah::runner
