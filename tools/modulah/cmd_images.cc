// modulah images: list the images of the store.
#include <algorithm>
#include <memory>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/images/find_image.h"

#include "commands.h"
#include "image_list.h"
#include "image_tree.h"
#include "options.h"
#include "print.h"
#include "template.h"

namespace modulah::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kNanoseconds = 1'000'000'000;

struct Options {
  std::string image;
  std::vector<std::string> filters;
  std::string format;
  std::string sort = "added";
  bool is_json = false;
  bool is_all = false;
  bool is_quiet = false;
  bool is_tree = false;
  bool has_digests = false;
  bool is_truncated = true;
  bool has_heading = true;
};

/// The operand: a pattern, which may match nothing, or a name, with all its tags when it has none,
/// or an id.
void apply_operand(store::LayoutStore& store, const std::string& word, std::int64_t now,
                   std::vector<ListedImage>& images) {
  std::vector<ListedImage> by_name = images;
  const std::string filter = "reference=" + word;
  apply_filters(store, std::span(&filter, 1), now, by_name);
  const bool is_pattern = word.find_first_of("*?[") != std::string::npos;
  if (is_pattern || !by_name.empty()) {
    images = std::move(by_name);
    return;
  }
  const images::FoundImage found = images::require_image(store, word);
  std::erase_if(images, [&](const ListedImage& image) {
    return image.stored.manifest.digest != found.manifest.digest;
  });
}

/// "wasi/wasm", or "wasi/wasm +1" for an index with another one.
std::string platforms_of(const ListedImage& image) {
  std::vector<std::string> known;
  for (const PlatformImage& platform : image.platforms)
    if (!platform.platform.empty() && platform.platform != "unknown/unknown")
      known.push_back(platform.platform);
  if (known.empty()) return "";
  if (known.size() == 1) return known.front();
  return fmt::format("{} +{}", known.front(), known.size() - 1);
}

Json platform_list(const ListedImage& image) {
  Json list = Json::array();
  for (const PlatformImage& platform : image.platforms) list.push_back(platform.platform);
  return list;
}

/// What a record of --json and a row of --format have in common, with podman's names.
Json common_fields(const ListedImage& image, const World& world) {
  Json json;
  json["Names"] = image.stored.names;
  json["Digest"] = image.stored.manifest.digest.text();
  json["RepoTags"] = image.stored.names;
  json["RepoDigests"] = Json::array();
  for (const std::string& name : image.stored.names)
    json["RepoDigests"].push_back(
        fmt::format("{}@{}", split_name(name).repository, image.stored.manifest.digest.text()));
  json["History"] = image.stored.names;
  json["MediaType"] = image.stored.manifest.media_type;
  json["CreatedAt"] = image.config.created;
  json["AddedAt"] = rfc3339(image.stored.added / kNanoseconds);
  json["Labels"] = Json::object();
  for (const auto& [name, value] : image.config.config.labels) json["Labels"][name] = value;
  json["Dangling"] = image.stored.names.empty();
  json["ReadOnly"] = false;
  json["Containers"] = 0;
  json["Platforms"] = platform_list(image);
  json["IsManifestList"] = image.is_index;
  json["CreatedSince"] = human_age(image.config.created, world.now);
  json["AddedSince"] = human_ago(world.now - image.stored.added / kNanoseconds);
  return json;
}

Json json_of(const ListedImage& image, const World& world) {
  Json json;
  json["Id"] = image.id().hex();
  json.update(common_fields(image, world));
  for (const char* key : {"CreatedSince", "AddedSince", "Containers", "ReadOnly"}) json.erase(key);
  json["Created"] = unix_time(image.config.created).value_or(0);
  json["Size"] = image.stored.size;
  json["Platform"] = image.platforms.empty() ? "" : image.platforms.front().platform;
  json["Problem"] = image.stored.problem;
  return json;
}

/// One line of the list: an image under one of its names.
Json row_of(const ListedImage& image, const std::string& name, const Options& options,
            const World& world) {
  const NameParts parts = split_name(name);
  Json row;
  row["Repository"] = parts.repository;
  row["Tag"] = parts.tag;
  row["Name"] = name;
  row["ID"] = options.is_truncated ? std::string(image.id().short_hex()) : image.id().text();
  row["Id"] = image.id().hex();
  row.update(common_fields(image, world));
  row["Created"] = row["CreatedSince"];
  row["Added"] = row["AddedSince"];
  row["Size"] = human_size(image.stored.size);
  row["VirtualSize"] = row["Size"];
  row["Platform"] = platforms_of(image);
  return row;
}

/// podman's orders of images: the newest first, the smallest first. Other orders are of names.
void sort_images(const std::string& order, std::vector<ListedImage>& images) {
  if (order == "size")
    std::stable_sort(images.begin(), images.end(), [](const ListedImage& a, const ListedImage& b) {
      return a.stored.size < b.stored.size;
    });
  // RFC 3339 in UTC, which is what configurations have, sorts as text.
  if (order == "created")
    std::stable_sort(images.begin(), images.end(), [](const ListedImage& a, const ListedImage& b) {
      return a.config.created > b.config.created;
    });
}

std::vector<Json> rows_of(const std::vector<ListedImage>& images, const Options& options,
                          const World& world) {
  std::vector<Json> rows;
  for (const ListedImage& image : images) {
    for (const std::string& name : image.stored.names)
      rows.push_back(row_of(image, name, options, world));
    if (image.stored.names.empty()) rows.push_back(row_of(image, "", options, world));
  }
  std::string key;
  if (options.sort == "repository") key = "Name";
  if (options.sort == "id") key = "ID";
  if (options.sort == "tag") key = "Tag";
  if (key.empty()) return rows;
  // Those without a name last.
  std::stable_sort(rows.begin(), rows.end(), [&key](const Json& a, const Json& b) {
    const auto& x = a[key].get_ref<const std::string&>();
    const auto& y = b[key].get_ref<const std::string&>();
    return x.empty() || y.empty() ? !x.empty() && y.empty() : x < y;
  });
  return rows;
}

struct Column {
  const char* heading;
  const char* key;
};

void print_table(const std::vector<Json>& rows, const Options& options) {
  std::vector<Column> columns = {{"REPOSITORY", "Repository"}, {"TAG", "Tag"}};
  if (options.has_digests) columns.push_back({"DIGEST", "Digest"});
  columns.insert(
      columns.end(),
      {{"IMAGE ID", "ID"}, {"PLATFORM", "Platform"}, {"ADDED", "Added"}, {"SIZE", "Size"}});
  std::vector<std::vector<std::string>> cells;
  if (options.has_heading) {
    cells.emplace_back();
    for (const Column& column : columns) cells.back().emplace_back(column.heading);
  }
  for (const Json& row : rows) {
    cells.emplace_back();
    for (const Column& column : columns) cells.back().push_back(row[column.key]);
  }
  print(table(cells));
}

/// The headings of "table TEMPLATE", as podman has them.
Json headings() {
  constexpr Column kHeadings[] = {{"REPOSITORY", "Repository"},
                                  {"TAG", "Tag"},
                                  {"NAME", "Name"},
                                  {"IMAGE ID", "ID"},
                                  {"IMAGE ID", "Id"},
                                  {"NAMES", "Names"},
                                  {"DIGEST", "Digest"},
                                  {"REPO TAGS", "RepoTags"},
                                  {"REPO DIGESTS", "RepoDigests"},
                                  {"HISTORY", "History"},
                                  {"MEDIA TYPE", "MediaType"},
                                  {"CREATED AT", "CreatedAt"},
                                  {"ADDED AT", "AddedAt"},
                                  {"LABELS", "Labels"},
                                  {"DANGLING", "Dangling"},
                                  {"READONLY", "ReadOnly"},
                                  {"CONTAINERS", "Containers"},
                                  {"PLATFORMS", "Platforms"},
                                  {"MANIFEST LIST", "IsManifestList"},
                                  {"CREATED", "CreatedSince"},
                                  {"ADDED", "AddedSince"},
                                  {"CREATED", "Created"},
                                  {"ADDED", "Added"},
                                  {"SIZE", "Size"},
                                  {"VIRTUAL SIZE", "VirtualSize"},
                                  {"PLATFORM", "Platform"}};
  Json headings;
  for (const Column& column : kHeadings) headings[column.key] = column.heading;
  return headings;
}

/// Each id once.
void print_ids(const std::vector<Json>& rows) {
  std::set<std::string> seen;
  for (const Json& row : rows) {
    const std::string id = row["ID"];
    if (seen.insert(id).second) print(id + "\n");
  }
}

void warn_of_problems(const std::vector<ListedImage>& images, Reporter& reporter) {
  for (const ListedImage& image : images)
    if (!image.stored.problem.empty())
      reporter.warning(fmt::format("image {}: {}",
                                   image.stored.names.empty() ? image.stored.manifest.digest.text()
                                                              : image.stored.names.front(),
                                   image.stored.problem));
}

int run(const Options& options, const Invocation& invocation) {
  store::LayoutStore store(invocation.store_root(), store::Access::read);
  store.hold_blobs();
  const World& world = invocation.world;
  std::vector<ListedImage> images = list_images(store);
  if (!options.image.empty()) apply_operand(store, options.image, world.now, images);
  apply_filters(store, options.filters, world.now, images);
  warn_of_problems(images, *invocation.make_reporter());
  sort_images(options.sort, images);
  if (options.is_json || options.format == "json") {
    Json json = Json::array();
    for (const ListedImage& image : images) json.push_back(json_of(image, world));
    print(json_text(json, 4) + "\n");
    return 0;
  }
  const std::vector<Json> rows = rows_of(images, options, world);
  if (options.is_quiet) {
    print_ids(rows);
  } else if (!options.format.empty()) {
    print(fill_rows(options.format, rows, options.has_heading ? headings() : Json()));
  } else if (options.is_tree) {
    print(image_tree(images, options.is_truncated));
  } else {
    print_table(rows, options);
  }
  return 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("IMAGE", options->image);
  app.add_flag("-a,--all", options->is_all,
               "Accepted for compatibility: all images are listed anyway");
  app.add_flag("--digests", options->has_digests, "Show the digests of the manifests");
  add_list(app, "-f,--filter", options->filters,
           "Show only matching images: reference=PATTERN, label=KEY[=VALUE], dangling=true|false, "
           "id=PREFIX, digest=PREFIX, before=IMAGE, since=IMAGE, until=TIME")
      ->option_text("KEY=VALUE");
  app.add_option("--format", options->format,
                 "Print fields, e.g. '{{.Repository}}:{{.Tag}}'; \"table TEMPLATE\" adds "
                 "headings; json prints JSON")
      ->option_text("TEMPLATE");
  app.add_flag("--json", options->is_json, "Print a JSON list");
  app.add_flag("!--no-trunc", options->is_truncated, "Show ids in full");
  app.add_flag("!-n,!--noheading", options->has_heading, "Omit the headings");
  app.add_option("--sort", options->sort,
                 "Sort by added, created, id, repository, size or tag (default: added)")
      ->option_text("KEY")
      ->check(CLI::IsMember({"added", "created", "id", "repository", "size", "tag"}));
  app.add_flag("-q,--quiet", options->is_quiet, "Show ids only");
  app.add_flag("--tree", options->is_tree, "Show the platforms and layers of each image");
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command images_command = {
    .name = "images",
    .alias = "",
    .group = "Images",
    .operands = "[IMAGE]",
    .summary = "List images",
    .description =
        R"(IMAGE is a name (without a tag: all of its tags), a pattern, or an id. The image
that was added last comes first.

ADDED is when the image was built, pulled or loaded on this machine; it is not
part of the image. SIZE is what the image takes in the store, compressed. The
time at which an image says it was created is unknown for images that are built
reproducibly, which is the default; --format '{{.CreatedSince}}' shows it.
PLATFORM of a multi-platform image is its first platform and the number of
further ones; --tree shows them all.

Fields of --format: Repository, Tag, Name, Names, ID, Id (in full), Digest, Added,
AddedSince, AddedAt, Created, CreatedSince, CreatedAt, Size, Platform, Platforms,
Labels, Dangling, RepoTags, RepoDigests, History, MediaType, IsManifestList.
A record of --json has Id, Names, Digest, RepoTags, RepoDigests, History,
MediaType, CreatedAt and AddedAt (RFC 3339), Labels, Dangling, Platforms,
IsManifestList, Created (seconds since 1970), Size (bytes), Platform and Problem.

A TIME of --filter until=TIME is a duration (24h), a date (2026-11-25), an RFC 3339
time or seconds since 1970; images added before it match.

Examples:
  # All tags of an image
  $ modulah images 127.0.0.1:5000/demo/app

  # Names for a script
  $ modulah images --format '{{.Repository}}:{{.Tag}}'

  # What each image is made of
  $ modulah images --tree

Exit status:
  0 on success, also when a pattern or a filter matches nothing; 1 when there is no
  such image; 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
