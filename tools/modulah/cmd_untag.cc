// modulah untag: take names off an image, and keep the image.
#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/images/find_image.h"

#include "commands.h"

namespace modulah::cli {

namespace {

struct Options {
  std::string image;
  std::vector<std::string> names;
};

/// All names of the image: of an id, those of all manifests with it.
std::vector<std::string> names_of(store::LayoutStore& store, const images::FoundImage& found) {
  const std::vector<store::StoredImage> stored = store.images();
  const auto own = std::find_if(stored.begin(), stored.end(), [&](const auto& image) {
    return image.manifest.digest == found.manifest.digest;
  });
  std::vector<std::string> names;
  for (const store::StoredImage& image : stored) {
    const bool is_same =
        image.manifest.digest == found.manifest.digest ||
        (found.by == images::FoundBy::id && own != stored.end() && image.id == own->id);
    if (is_same) names.insert(names.end(), image.names.begin(), image.names.end());
  }
  return names;
}

/// The names of the image that are meant by the words of the command line.
std::vector<std::string> wanted_names(const Options& options,
                                      const std::vector<std::string>& names) {
  if (options.names.empty()) return names;
  std::vector<std::string> wanted;
  for (const std::string& word : options.names) {
    const std::vector<std::string> candidates = images::candidate_names(word);
    const auto found =
        std::find_first_of(candidates.begin(), candidates.end(), names.begin(), names.end());
    if (found == candidates.end())
      throw Error(ErrorKind::not_found,
                  fmt::format("\"{}\" is not a name of image {}", word, options.image),
                  names.empty() ? "It has no names."
                                : fmt::format("Its names are {}.", fmt::join(names, ", ")));
    wanted.push_back(*found);
  }
  return wanted;
}

int run(const Options& options, const Invocation& invocation) {
  const auto reporter = invocation.make_reporter();
  store::LayoutStore store(invocation.store_root(), store::Access::write, store::Role::store,
                           invocation.store_options(*reporter));
  const images::FoundImage image = images::require_image(store, options.image);
  for (const std::string& name : wanted_names(options, names_of(store, image)))
    (void)store.untag(name);
  return 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("IMAGE", options->image)->required();
  app.add_option("NAME", options->names);
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command untag_command = {
    .name = "untag",
    .alias = "",
    .group = "Images",
    .operands = "IMAGE [NAME...]",
    .summary = "Remove names from an image",
    .description =
        R"(Without a NAME all names of the image are removed. The image stays, and can be
named by its id or digest; 'modulah rmi --prune' removes images without a name.

Examples:
  # Remove one name
  $ modulah untag app registry.example.com/app:v1

Exit status:
  0 on success, 1 when there is no such image or name, 2 when the command line is
  wrong.)",
    .define = define,
};

}  // namespace modulah::cli
