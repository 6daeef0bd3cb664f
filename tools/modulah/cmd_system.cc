// modulah system df: what takes space on the disk, and how much of it can be freed.
#include <map>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/builder/builder.h"
#include "modulah/runner/run.h"
#include "modulah/store/cache_trim.h"

#include "commands.h"
#include "image_list.h"
#include "print.h"
#include "template.h"

namespace modulah::cli {

namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string format;
  bool is_json = false;
  bool is_verbose = false;
};

/// A line of the overview.
struct Usage {
  std::string type;
  std::size_t total = 0;
  std::size_t active = 0;  ///< Images with a name; of caches all entries.
  std::uint64_t bytes = 0;
  std::uint64_t reclaimable = 0;
};

/// How many images need each blob.
class BlobCounts {
 public:
  BlobCounts(store::LayoutStore& store, const std::vector<ListedImage>& images) {
    for (const ListedImage& image : images) {
      blobs_.push_back(blobs_of(store, image));
      for (const auto& [digest, size] : blobs_.back()) ++counts_[digest];
    }
  }
  /// The bytes of the image with this number that others need as well, or that only it needs.
  [[nodiscard]] std::uint64_t bytes(std::size_t image, bool is_shared) const {
    std::uint64_t total = 0;
    for (const auto& [digest, size] : blobs_[image])
      if ((counts_.at(digest) > 1) == is_shared) total += size;
    return total;
  }
  [[nodiscard]] const std::map<oci::Digest, std::uint64_t>& blobs(std::size_t image) const {
    return blobs_[image];
  }

 private:
  std::vector<std::map<oci::Digest, std::uint64_t>> blobs_;
  std::map<oci::Digest, std::size_t> counts_;
};

Usage image_usage(store::LayoutStore& store, const std::vector<ListedImage>& images,
                  const BlobCounts& counts) {
  Usage usage{"Images", images.size(), 0, store.disk_usage(), 0};
  std::map<oci::Digest, std::uint64_t> needed;
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (images[i].stored.names.empty()) continue;
    ++usage.active;
    needed.insert(counts.blobs(i).begin(), counts.blobs(i).end());
  }
  usage.reclaimable = usage.bytes;
  for (const auto& [digest, size] : needed) usage.reclaimable -= std::min(size, usage.reclaimable);
  return usage;
}

Usage cache_usage(std::string type, const std::vector<store::CacheFolder>& folders) {
  const store::CacheUse use = store::measure_caches(folders);
  return {std::move(type), use.entries, use.entries, use.bytes, use.bytes};
}

/// "1.2 MB (30%)".
std::string reclaimable_text(const Usage& usage) {
  const std::uint64_t percent =
      usage.bytes == 0 ? 0
                       : static_cast<std::uint64_t>(static_cast<double>(usage.reclaimable) * 100 /
                                                    static_cast<double>(usage.bytes));
  return fmt::format("{} ({}%)", human_size(usage.reclaimable), percent);
}

/// podman's names.
Json row_of(const Usage& usage) {
  return {{"Type", usage.type},
          {"Total", usage.total},
          {"Active", usage.active},
          {"RawSize", usage.bytes},
          {"RawReclaimable", usage.reclaimable},
          {"TotalCount", usage.total},
          {"Size", human_size(usage.bytes)},
          {"Reclaimable", reclaimable_text(usage)}};
}

Json headings() {
  return {{"Type", "TYPE"},
          {"Total", "TOTAL"},
          {"Active", "ACTIVE"},
          {"RawSize", "SIZE"},
          {"RawReclaimable", "RECLAIMABLE"},
          {"TotalCount", "TOTAL"},
          {"Size", "SIZE"},
          {"Reclaimable", "RECLAIMABLE"}};
}

std::string image_table(const std::vector<ListedImage>& images, const BlobCounts& counts,
                        const World& world) {
  std::vector<std::vector<std::string>> cells = {
      {"REPOSITORY", "TAG", "IMAGE ID", "ADDED", "SIZE", "SHARED SIZE", "UNIQUE SIZE"}};
  for (std::size_t i = 0; i < images.size(); ++i) {
    const ListedImage& image = images[i];
    const NameParts parts =
        split_name(image.stored.names.empty() ? std::string() : image.stored.names.front());
    cells.push_back({parts.repository, parts.tag, std::string(image.id().short_hex()),
                     human_ago(world.now - image.stored.added / 1'000'000'000),
                     human_size(image.stored.size), human_size(counts.bytes(i, true)),
                     human_size(counts.bytes(i, false))});
  }
  return table(std::move(cells));
}

std::string cache_table(const std::vector<Usage>& caches) {
  std::vector<std::vector<std::string>> cells = {{"CACHE", "ENTRIES", "SIZE"}};
  for (const Usage& cache : caches)
    cells.push_back({cache.type, std::to_string(cache.total), human_size(cache.bytes)});
  return table(std::move(cells));
}

/// A cache folder as the user sees it: "steps", "run/code".
std::vector<Usage> folder_usages(const std::filesystem::path& root,
                                 const std::vector<store::CacheFolder>& folders) {
  std::vector<Usage> usages;
  for (const store::CacheFolder& folder : folders)
    usages.push_back(cache_usage(folder.path.lexically_relative(root).native(), {folder}));
  return usages;
}

int run(const Options& options, const Invocation& invocation) {
  store::LayoutStore store(invocation.store_root(), store::Access::read);
  const std::filesystem::path cache = store.cache_directory();
  const std::vector<store::CacheFolder> build = builder::build_cache_folders(cache);
  const std::vector<store::CacheFolder> run = runner::run_cache_folders(cache / "run");
  const std::vector<ListedImage> images = list_images(store);
  const BlobCounts counts(store, images);
  if (options.is_verbose) {
    std::vector<Usage> caches = folder_usages(cache, build);
    for (Usage& one : folder_usages(cache, run)) caches.push_back(std::move(one));
    print(image_table(images, counts, invocation.world) + "\n" + cache_table(caches));
    return 0;
  }
  std::vector<Json> rows;
  rows.push_back(row_of(image_usage(store, images, counts)));
  rows.push_back(row_of(cache_usage("Build cache", build)));
  rows.push_back(row_of(cache_usage("Run cache", run)));
  if (options.is_json || options.format == "json")
    print(json_text(Json(rows), 4) + "\n");
  else
    print(fill_rows(options.format.empty()
                        ? "table {{.Type}}\t{{.Total}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}"
                        : options.format,
                    rows, headings()));
  return 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--format", options->format,
                 "Print fields, e.g. '{{.Type}} {{.Size}}'; \"table TEMPLATE\" adds headings; "
                 "json prints JSON")
      ->option_text("TEMPLATE");
  app.add_flag("--json", options->is_json, "Print a JSON list");
  app.add_flag("-v,--verbose", options->is_verbose, "Show each image and each cache");
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command system_df_command = {
    .name = "system df",
    .alias = "",
    .group = "System",
    .operands = "",
    .summary = "Show what takes space on the disk",
    .description =
        R"(Of images, ACTIVE counts those with a name; RECLAIMABLE is what no image with a name
needs, which 'modulah system prune' frees. All that is cached for builds and runs can
be made again; 'modulah system prune --all' frees it, together with all images.

Fields of --format and keys of --json: Type, Total, Active, RawSize and
RawReclaimable (bytes), TotalCount, Size, Reclaimable.

Examples:
  $ modulah system df -v

Exit status:
  0 on success, 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
