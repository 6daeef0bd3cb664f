// modulah rmi: remove images.
#include <algorithm>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/images/find_image.h"

#include "commands.h"
#include "options.h"
#include "print.h"
#include "removal.h"

namespace modulah::cli {

namespace {

struct Options {
  std::vector<std::string> words;
  bool is_force = false;
  bool is_ignoring = false;  ///< What is not there.
  bool is_all = false;
  bool is_prune = false;
};

/// What is gone with a manifest: its id, unless other images have the same one.
oci::Digest gone_with(const std::vector<store::StoredImage>& images, const oci::Digest& manifest) {
  const oci::Digest id = id_of(images, manifest);
  const bool is_shared = std::any_of(images.begin(), images.end(), [&](const auto& image) {
    return image.id == id && image.manifest.digest != manifest;
  });
  return is_shared ? manifest : id;
}

void print_removal(const store::Removal& removal, const std::vector<store::StoredImage>& before,
                   RemovalTotal& total) {
  print_untagged(removal, total);
  if (removal.deleted) print_deleted(gone_with(before, *removal.deleted));
}

/// Removes the image that has this id: all that is stored of its configuration. Error invalid when
/// it has several names, unless they are to go as well.
void remove_by_id(store::LayoutStore& store, const images::FoundImage& found, bool is_force,
                  const std::vector<store::StoredImage>& before, RemovalTotal& total) {
  const oci::Digest id = id_of(before, found.manifest.digest);
  std::vector<oci::Digest> manifests;
  std::vector<std::string> names;
  for (const store::StoredImage& image : before) {
    if (image.id != id) continue;
    manifests.push_back(image.manifest.digest);
    names.insert(names.end(), image.names.begin(), image.names.end());
  }
  if (names.size() > 1 && !is_force)
    throw Error(
        ErrorKind::invalid,
        fmt::format("image {} has several names: {}", id.short_hex(), fmt::join(names, ", ")),
        "Remove it by one name after the other, or all at once with --force.");
  for (const oci::Digest& manifest : manifests)
    print_untagged(store.remove(manifest.text(), store::Removing::all_names), total);
  print_deleted(id);
}

void remove_one(store::LayoutStore& store, const std::string& word, const Options& options,
                RemovalTotal& total) {
  const auto before = store.images();
  const auto image = images::find_image(store, word);
  if (!image && (options.is_force || options.is_ignoring)) return;
  const images::FoundImage found = image ? *image : images::require_image(store, word);
  const bool is_by_name = found.by == images::FoundBy::name;
  // The entry of an index is no image of its own. What has a name is one, even when it has the name
  // since the list was read.
  const bool is_listed =
      is_by_name || std::any_of(before.begin(), before.end(), [&](const auto& one) {
        return one.manifest.digest == found.manifest.digest;
      });
  if (!is_listed)
    throw Error(ErrorKind::invalid, fmt::format("\"{}\" is part of another image", word),
                "Remove that image.");
  if (found.by == images::FoundBy::id)
    return remove_by_id(store, found, options.is_force, before, total);
  const auto removing = options.is_force && !is_by_name ? store::Removing::all_names
                                                        : store::Removing::last_name_only;
  print_removal(store.remove(is_by_name ? found.name : found.manifest.digest.text(), removing),
                before, total);
}

/// Removes the images one after the other, also after one that cannot be removed.
int remove_words(store::LayoutStore& store, const Options& options, RemovalTotal& total) {
  int status = 0;
  for (const std::string& word : options.words) {
    try {
      remove_one(store, word, options, total);
    } catch (const Error& error) {
      print_failure(error);
      status = 1;
    }
  }
  return status;
}

int run(const Options& options, const Invocation& invocation) {
  const bool is_by_word = !options.words.empty();
  if ((is_by_word ? 1 : 0) + (options.is_all ? 1 : 0) + (options.is_prune ? 1 : 0) != 1)
    throw Error(ErrorKind::usage,
                is_by_word || options.is_all ? "--all, --prune and IMAGE cannot be combined"
                                             : "IMAGE is missing",
                "Name an image, or give --all or --prune.");
  const auto reporter = invocation.make_reporter();
  store::LayoutStore store(invocation.store_root(), store::Access::write, store::Role::store,
                           invocation.store_options(*reporter));
  RemovalTotal total;
  int status = 0;
  if (options.is_all) {
    // The caches first: on a full disk this frees the space that removing an image needs.
    trim_caches(store, {0, 0}, total);
    remove_images(store, store.images(), total);
  } else if (options.is_prune) {
    trim_caches(store, {}, total);
    prune_images(store, total);
  } else {
    status = remove_words(store, options, total);
  }
  report_total(total, *reporter);
  return status;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("IMAGE", options->words);
  app.add_flag("-f,--force", options->is_force,
               "Remove an image given by its id with all its names; ignore images that do not "
               "exist");
  app.add_flag("-i,--ignore", options->is_ignoring, "Ignore images that do not exist");
  accept_silently(app, {"--no-prune"}, {});
  app.add_flag("-a,--all", options->is_all, "Remove all images and all caches");
  app.add_flag("-p,--prune", options->is_prune,
               "Remove images without a name, and blobs that no image needs");
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command rmi_command = {
    .name = "rmi",
    .alias = "",
    .group = "Images",
    .operands = "[IMAGE...]",
    .summary = "Remove images",
    .description =
        R"(A name is removed from its image; with the last name, the image is removed, and
all blobs that no other image needs. An id removes the image if it has at most one
name.

The caches of builds and runs (compiled code, unpacked images, optimized modules,
results of steps) are trimmed to 2 GiB each from time to time, and by --prune at
once; --all empties them.

Examples:
  # Remove an image
  $ modulah rmi app

  # Remove the images that later builds have left without a name
  $ modulah rmi --prune

Exit status:
  0 on success, 1 when an image could not be removed (the others are removed
  nevertheless), 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
