// modulah image prune and modulah system prune: remove what is not needed.
#include <memory>

#include <fmt/format.h>

#include "modulah/base/error.h"

#include "commands.h"
#include "image_list.h"
#include "options.h"
#include "print.h"
#include "prompt.h"
#include "removal.h"

namespace modulah::cli {

namespace {

struct Options {
  std::vector<std::string> filters;
  bool is_all = false;
  bool is_force = false;
};

/// Whether an answer is a yes; an empty one is not.
bool is_yes(const std::string& answer) {
  return answer == "y" || answer == "Y" || answer == "yes" || answer == "Yes";
}

/// Asks, unless --force is given. False when the answer is no.
bool is_confirmed(const Options& options, const Invocation& invocation, std::string_view what) {
  if (options.is_force) return true;
  if (!invocation.world.is_input_terminal)
    throw Error(ErrorKind::usage, "there is no terminal to ask for confirmation at",
                "Give --force to remove without asking.");
  return is_yes(prompt_line(invocation, fmt::format("This removes {}. Continue? [y/N] ", what),
                            "Give --force to remove without asking."));
}

void check_filters(const std::vector<std::string>& filters) {
  for (const std::string& filter : filters)
    if (!filter.starts_with("until=") && !filter.starts_with("label=") &&
        !filter.starts_with("label!="))
      throw Error(ErrorKind::usage,
                  fmt::format("unknown filter \"{}\"", filter.substr(0, filter.find('='))),
                  "The filters are until and label.");
}

/// All images, or those without a name, that the filters leave.
std::vector<store::StoredImage> chosen(store::LayoutStore& store, const Options& options,
                                       const World& world) {
  std::vector<ListedImage> images = list_images(store);
  apply_filters(store, options.filters, world.now, images);
  std::vector<store::StoredImage> found;
  for (ListedImage& image : images)
    if (options.is_all || image.stored.names.empty()) found.push_back(std::move(image.stored));
  return found;
}

void prune_by(store::LayoutStore& store, const Options& options, const World& world,
              RemovalTotal& total) {
  if (options.is_all || !options.filters.empty())
    remove_images(store, chosen(store, options, world), total);
  // Also what interrupted commands have left.
  if (options.filters.empty()) prune_images(store, total);
}

int prune_only_images(const Options& options, const Invocation& invocation) {
  check_filters(options.filters);
  if (!is_confirmed(options, invocation,
                    options.is_all ? "all images" : "all images without a name"))
    return 0;
  const auto reporter = invocation.make_reporter();
  store::LayoutStore store(invocation.store_root(), store::Access::write);
  RemovalTotal total;
  prune_by(store, options, invocation.world, total);
  report_total(total, *reporter);
  return 0;
}

int prune_system(const Options& options, const Invocation& invocation) {
  check_filters(options.filters);
  if (!is_confirmed(options, invocation,
                    options.is_all
                        ? "all images and everything that is cached"
                        : "all images without a name, and cached data beyond the limits"))
    return 0;
  const auto reporter = invocation.make_reporter();
  store::LayoutStore store(invocation.store_root(), store::Access::write);
  RemovalTotal total;
  // The caches first: on a full disk that makes the room that removing an image takes.
  trim_caches(store, options.is_all ? store::CacheLimits{0, 0} : store::CacheLimits{}, total);
  prune_by(store, options, invocation.world, total);
  report_total(total, *reporter);
  return 0;
}

void add_options(CLI::App& app, Options& options, const char* all) {
  app.add_flag("-a,--all", options.is_all, all);
  add_list(app, "--filter", options.filters,
           "Remove only matching images: until=TIME (added before a time, or longer ago than a "
           "duration such as 24h), label=KEY[=VALUE], label!=KEY[=VALUE]")
      ->option_text("KEY=VALUE");
  app.add_flag("-f,--force", options.is_force, "Do not ask for confirmation");
}

Run define_images(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_options(app, *options, "Remove all images, also those with names");
  accept_silently(app, {"--build-cache", "--external"}, {});
  return
      [options](const Invocation& invocation) { return prune_only_images(*options, invocation); };
}

Run define_system(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_options(app, *options, "Remove all images, also those with names, and all cached data");
  accept_silently(app, {"--volumes", "--build", "--external"}, {});
  return [options](const Invocation& invocation) { return prune_system(*options, invocation); };
}

}  // namespace

const Command image_prune_command = {
    .name = "image prune",
    .alias = "",
    .group = "Images",
    .operands = "",
    .summary = "Remove images without a name",
    .description =
        R"(Images lose their names when a later build or pull gives the name to another
image. Their layers are removed unless other images need them. What is cached for
builds and runs stays; 'modulah system prune' removes that, too.

Examples:
  # Remove images without a name, without asking
  $ modulah image prune --force

  # Remove everything that was built or pulled more than ten days ago
  $ modulah image prune --all --filter until=240h

Exit status:
  0 on success, also when the answer is no; 1 when something could not be removed;
  2 when the command line is wrong, also when there is no terminal to ask at and
  --force is not given.)",
    .define = define_images,
};

const Command system_prune_command = {
    .name = "system prune",
    .alias = "prune",
    .group = "System",
    .operands = "",
    .summary = "Remove images without a name and cached data",
    .description =
        R"(Removes images without a name, blobs that no image needs, what interrupted commands
have left, and cached data of builds and runs (compiled code, unpacked images,
optimized modules, results of steps) beyond 2 GiB each. With --all, it removes all
images and all cached data.

'modulah system df' shows how much there is to gain.

Examples:
  # Clean up, without asking
  $ modulah system prune --force

Exit status:
  0 on success, also when the answer is no; 1 when something could not be removed;
  2 when the command line is wrong, also when there is no terminal to ask at and
  --force is not given.)",
    .define = define_system,
};

}  // namespace modulah::cli
