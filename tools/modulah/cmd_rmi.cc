// modulah rmi: remove images.
#include <algorithm>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/text.h"
#include "modulah/builder/builder.h"
#include "modulah/images/find_image.h"
#include "modulah/runner/run.h"
#include "modulah/store/cache_trim.h"

#include "commands.h"
#include "options.h"
#include "print.h"

namespace modulah::cli {

namespace {

struct Options {
  std::vector<std::string> words;
  bool is_force = false;
  bool is_ignoring = false;  ///< What is not there.
  bool is_all = false;
  bool is_prune = false;
};

/// What removing several images comes to.
struct Total {
  std::uint64_t freed_bytes = 0;
  bool is_put_off = false;
};

/// The id that `images` shows for a manifest; its digest when it cannot be read.
oci::Digest id_of(const std::vector<store::StoredImage>& images, const oci::Digest& manifest) {
  for (const store::StoredImage& image : images)
    if (image.manifest.digest == manifest && image.id) return *image.id;
  return manifest;
}

void print_removal(const store::Removal& removal, const std::vector<store::StoredImage>& before,
                   Total& total) {
  for (const std::string& name : removal.untagged)
    print(fmt::format("Untagged: {}\n", printable(name)));
  if (removal.deleted) print(fmt::format("Deleted: {}\n", id_of(before, *removal.deleted).text()));
  total.freed_bytes += removal.freed_bytes;
  total.is_put_off |= removal.is_put_off;
}

void remove_one(store::LayoutStore& store, const std::string& word, const Options& options,
                Total& total) {
  const auto before = store.images();
  const auto image = images::find_image(store, word);
  if (!image && (options.is_force || options.is_ignoring)) return;
  const images::FoundImage found = image ? *image : images::require_image(store, word);
  // The entry of an index is no image of its own. What has a name is one, even when it has the name
  // since the list was read.
  const bool is_listed =
      found.is_by_name || std::any_of(before.begin(), before.end(), [&](const auto& one) {
        return one.manifest.digest == found.manifest.digest;
      });
  if (!is_listed)
    throw Error(ErrorKind::invalid, fmt::format("\"{}\" is a part of another image", word),
                "Remove the image that it is part of.");
  const std::string name = found.is_by_name ? found.name : found.manifest.digest.text();
  const auto removing = options.is_force && !found.is_by_name ? store::Removing::all_names
                                                              : store::Removing::last_name_only;
  print_removal(store.remove(name, removing), before, total);
}

void remove_all(store::LayoutStore& store, Total& total) {
  const auto before = store.images();
  for (const store::StoredImage& image : before)
    print_removal(store.remove(image.manifest.digest.text(), store::Removing::all_names), before,
                  total);
}

void prune(store::LayoutStore& store, Total& total) {
  const auto before = store.images();
  const store::Removal removal = store.prune();
  for (const store::StoredImage& image : before)
    if (image.names.empty())
      print(fmt::format("Deleted: {}\n", image.id.value_or(image.manifest.digest).text()));
  print_removal(removal, before, total);
}

/// Trims the caches of builds and runs, each to `limits`.
void trim_caches(const store::LayoutStore& store, const store::CacheLimits& limits, Total& total) {
  const std::filesystem::path cache = store.cache_directory();
  total.freed_bytes += store::trim_caches(builder::build_cache_folders(cache), limits);
  total.freed_bytes += store::trim_caches(runner::run_cache_folders(cache / "run"), limits);
}

/// Removes the images one after the other; one that cannot be removed keeps none of the others.
int remove_words(store::LayoutStore& store, const Options& options, Total& total) {
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
                is_by_word || options.is_all
                    ? "--all, --prune and the name of an image exclude each other"
                    : "IMAGE is missing",
                "Name an image, or give --all or --prune.");
  const auto reporter = invocation.make_reporter();
  store::LayoutStore store(invocation.store_root(), store::Access::write);
  Total total;
  int status = 0;
  if (options.is_all) {
    // The caches first: on a full disk that makes the room that removing an image takes.
    trim_caches(store, {0, 0}, total);
    remove_all(store, total);
  } else if (options.is_prune) {
    trim_caches(store, {}, total);
    prune(store, total);
  } else {
    status = remove_words(store, options, total);
  }
  if (total.is_put_off)
    reporter->warning(
        "the space is not free yet, because others are using the store; a later rmi frees it");
  else if (total.freed_bytes != 0)
    reporter->info(fmt::format("freed {}", human_size(total.freed_bytes)));
  return status;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("IMAGE", options->words);
  app.add_flag("-f,--force", options->is_force,
               "Remove an image with all its names when it is given by its id; one that is not "
               "there is no error");
  app.add_flag("-i,--ignore", options->is_ignoring, "One that is not there is no error");
  accept_silently(app, {"--no-prune"}, {});
  app.add_flag("-a,--all", options->is_all, "Remove all images, and all that is cached");
  app.add_flag("-p,--prune", options->is_prune,
               "Remove images without a name, and what no image needs");
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
        R"(A name is taken off its image; with the last name the image goes, and with it
all that no other image needs. An id removes the image when it has one name.

What builds and runs keep to be quicker the next time (compiled code, unpacked
images, optimised modules, results of steps) is trimmed to 2 GiB each by itself,
now and then, and by --prune at once; --all removes it.

Examples:
  # Remove an image
  $ modulah rmi app

  # Remove all that later builds have left without a name
  $ modulah rmi --prune

Exit status:
  0 on success, 1 when an image could not be removed (the others are removed
  all the same), 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
