// WORKDIR.
//
// The directory has to be there when the container starts, but a layer of its own for an empty
// directory is a blob more to transfer: it goes into the next layer, and only when none comes it
// becomes one itself (see builder.cc).
#include <utility>

#include "modulah/base/error.h"
#include "modulah/containerfile/values.h"

#include "instructions/instructions.h"

namespace modulah::builder {

namespace {

/// Nobody knows the number of a name in an image from scratch: root has to do.
containerfile::Owner owner_of(const std::string& user) {
  if (user.empty() || user.find_first_not_of("0123456789:") != std::string::npos) return {};
  return containerfile::parse_owner(user);
}

}  // namespace

std::string absolute_in_image(const StageState& state, std::string_view path) {
  const std::string& directory = state.image.config.config.working_directory;
  const std::string whole =
      path.starts_with('/') ? std::string(path) : directory + "/" + std::string(path);
  const std::string clean = clean_context_path(whole);
  return clean == "." ? "/" : "/" + clean;
}

StageState apply(StageState state, const containerfile::Workdir& workdir, const Words& words) {
  const std::string path = words.one(workdir.path);
  if (path.empty())
    throw containerfile::error_at(words.source(), workdir.path.span,
                                  "the path of WORKDIR is empty");
  std::string absolute = absolute_in_image(state, path);
  state.image.config.config.working_directory = absolute;
  const auto found = state.tree.find(absolute);
  if (found && found->type != layer::EntryType::directory)
    throw containerfile::error_at(words.source(), workdir.path.span,
                                  "\"" + absolute + "\" is a file in the image, not a directory");
  if (found) return state;
  const containerfile::Owner owner = containerfile::with_place(
      words.source(), workdir.path.span, [&] { return owner_of(state.image.config.config.user); });
  state.wanted_directories.push_back({std::move(absolute), owner});
  return state;
}

}  // namespace modulah::builder
