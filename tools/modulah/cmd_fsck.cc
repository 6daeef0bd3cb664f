// modulah fsck: check the whole store, and repair it.
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/base/human.h"
#include "modulah/base/text.h"
#include "modulah/image/copy.h"
#include "modulah/oci/reference.h"
#include "modulah/store/check.h"

#include "commands.h"
#include "options.h"
#include "print.h"
#include "remote_images.h"

namespace modulah::cli {

namespace {

struct Options {
  RegistryFlags registry;
  bool is_repairing = false;
  bool is_quiet = false;
  bool is_json = false;
};

/// An image that was found incomplete, and what became of it.
struct Outcome {
  store::IncompleteImage image;
  std::string fetched_from;  ///< A name, when it is whole again.
};

std::string name_of(const store::IncompleteImage& image) {
  return image.names.empty() ? image.manifest.digest.text() : image.names.front();
}

/// Fetches what an image lacks from the registry that one of its names is of. Returns that name, or
/// an empty text when no registry has the image any more.
std::string fetch_again(store::LayoutStore& store, const store::IncompleteImage& image,
                        const Options& options, const Invocation& invocation, Reporter& reporter) {
  for (const std::string& name : image.names) {
    try {
      const oci::Reference reference = oci::Reference::parse(name, oci::Reference::Defaults::local);
      if (reference.registry == "localhost") continue;  // Built here.
      RemoteImages remote(invocation, options.registry, reporter);
      const std::unique_ptr<image::ImageStore> repository = remote.open(reference);
      const auto root = repository->resolve(image.manifest.digest.text());
      if (!root) continue;
      (void)image::copy_image(*repository, store, image.manifest,
                              {.check = image::CopyCheck::deep, .reporter = &reporter});
      store.tag(name, image.manifest);
      return name;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      reporter.warning(fmt::format("image {} was not fetched again: {}", name, error.message()));
    }
  }
  return {};
}

std::string line_of(const store::Problem& problem) {
  std::string line = fmt::format("{}: {}", printable(problem.subject), printable(problem.message));
  if (!problem.images.empty())
    line +=
        fmt::format("; part of {}", printable(fmt::format("{}", fmt::join(problem.images, ", "))));
  if (problem.is_repaired) line += "; repaired";
  return line + "\n";
}

std::string line_of(const Outcome& outcome) {
  if (!outcome.fetched_from.empty())
    return fmt::format("image {}: fetched again\n", printable(outcome.fetched_from));
  return fmt::format("image {}: incomplete; build or pull it again\n",
                     printable(name_of(outcome.image)));
}

nlohmann::ordered_json to_record(const store::CheckReport& report,
                                 const std::vector<Outcome>& outcomes) {
  nlohmann::ordered_json problems = nlohmann::ordered_json::array();
  for (const store::Problem& problem : report.problems)
    problems.push_back({{"kind", store::to_string(problem.kind)},
                        {"subject", problem.subject},
                        {"message", problem.message},
                        {"images", problem.images},
                        {"repaired", problem.is_repaired}});
  nlohmann::ordered_json incomplete = nlohmann::ordered_json::array();
  for (const Outcome& outcome : outcomes)
    incomplete.push_back({{"names", outcome.image.names},
                          {"digest", outcome.image.manifest.digest.text()},
                          {"fetched_from", outcome.fetched_from}});
  return {{"images", report.images},
          {"blobs", report.blobs},
          {"bytes", report.bytes},
          {"problems", std::move(problems)},
          {"incomplete", std::move(incomplete)}};
}

/// 0 when nothing is wrong any more. A file that is not ours keeps nothing from working.
int status_of(const store::CheckReport& report, const std::vector<Outcome>& outcomes) {
  for (const Outcome& outcome : outcomes)
    if (outcome.fetched_from.empty()) return 1;
  for (const store::Problem& problem : report.problems) {
    // Whether a missing blob came back is told by its images.
    const bool is_of_image = problem.kind == store::Problem::Kind::blob_missing ||
                             problem.kind == store::Problem::Kind::document;
    if (!problem.is_repaired && !is_of_image) return 1;
  }
  return 0;
}

int run(const Options& options, const Invocation& invocation) {
  const std::stop_token stop = invocation.stop();
  const auto reporter = invocation.make_reporter(options.is_quiet);
  store::LayoutStore store(invocation.store_root(),
                           options.is_repairing ? store::Access::write : store::Access::read,
                           store::Role::store, invocation.store_options(*reporter, stop));
  const store::CheckReport report = store::check_store(store, {.is_repairing = options.is_repairing,
                                                               .threads = invocation.world.threads,
                                                               .reporter = reporter.get(),
                                                               .stop = stop});
  std::vector<Outcome> outcomes;
  for (const store::IncompleteImage& image : report.incomplete)
    outcomes.push_back({image, options.is_repairing
                                   ? fetch_again(store, image, options, invocation, *reporter)
                                   : std::string()});
  if (options.is_json) {
    print(json_text(to_record(report, outcomes), 2) + "\n");
  } else {
    for (const store::Problem& problem : report.problems) print(line_of(problem));
    for (const Outcome& outcome : outcomes) print(line_of(outcome));
  }
  reporter->info(fmt::format("checked {} blobs ({}) of {} images: {}", report.blobs,
                             human_size(report.bytes), report.images,
                             report.problems.empty()
                                 ? "no problems"
                                 : fmt::format("{} problem{}", report.problems.size(),
                                               report.problems.size() == 1 ? "" : "s")));
  const int status = status_of(report, outcomes);
  if (status != 0 && !options.is_repairing)
    reporter->info("hint: Run 'modulah fsck --repair' to repair the store.");
  return status;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_flag("-r,--repair", options->is_repairing,
               "Remove what is damaged, and fetch images again from their registries");
  add_registry_flags(app, options->registry);
  app.add_flag("-q,--quiet", options->is_quiet, "Show only problems, warnings and errors");
  app.add_flag("--json", options->is_json, "Print a JSON record");
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command fsck_command = {
    .name = "fsck",
    .alias = "",
    .group = "Images",
    .operands = "",
    .summary = "Check the store, and repair it",
    .description =
        R"(Reads every blob and compares it with its digest; checks that all images are
complete, and looks at the index, the names, the caches, the permissions and at
files that do not belong there. Each problem is one line. Without --repair,
nothing is changed.

With --repair, damaged blobs and cache records are removed, and images that lack
something are fetched again, by digest, from the registry that their name is of.
An image that was built here comes back when it is built again. An index that
cannot be read is replaced by one that lists all images found, without their
names. Nobody else may be using the store meanwhile.

'modulah system check' is the same command.

Examples:
  # Check the store
  $ modulah fsck

  # After a disk failed
  $ modulah fsck --repair

Exit status:
  0 when nothing is wrong or everything was repaired, 1 when problems are left or
  the check failed, 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
