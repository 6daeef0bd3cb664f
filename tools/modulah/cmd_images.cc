// modulah images: list the images of the store.
#include <algorithm>
#include <cctype>
#include <memory>
#include <set>

#include <fnmatch.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/images/find_image.h"

#include "commands.h"
#include "image_record.h"
#include "options.h"
#include "print.h"
#include "template.h"

namespace modulah::cli {

namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string image;
  std::vector<std::string> filters;
  std::string format;
  std::string sort = "repository";
  bool is_json = false;
  bool is_all = false;
  bool is_quiet = false;
  bool has_digests = false;
  bool is_truncated = true;
  bool has_heading = true;
};

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

/// An image with what its documents say.
struct Listed {
  store::StoredImage stored;
  oci::ImageConfig config;  ///< Empty when it cannot be read.
};

std::vector<Listed> list(store::LayoutStore& store) {
  std::vector<Listed> listed;
  for (store::StoredImage& image : store.images()) {
    Listed one{std::move(image), {}};
    if (one.stored.problem.empty()) {
      try {
        one.config = read_documents(store, one.stored.manifest).config;
      } catch (const Error& error) {
        one.stored.problem = error.message();
      }
    }
    listed.push_back(std::move(one));
  }
  return listed;
}

/// A name's repository and tag; "<none>" for what it has not.
struct NameParts {
  std::string repository = "<none>";
  std::string tag = "<none>";
};

NameParts split(const std::string& name) {
  const std::string plain = name.substr(0, name.find('@'));
  const std::size_t colon = plain.rfind(':');
  const std::size_t slash = plain.rfind('/');
  if (colon == std::string::npos || (slash != std::string::npos && colon < slash))
    return {plain, "<none>"};
  return {plain.substr(0, colon), plain.substr(colon + 1)};
}

/// Whether a pattern is about a name: the whole of it, or what follows one of its slashes, with or
/// without the tag.
bool matches(const std::string& pattern, const std::string& name) {
  const NameParts parts = split(name);
  for (const std::string& whole : {name, parts.repository})
    for (std::size_t at = 0; at != std::string::npos; at = whole.find('/', at)) {
      at += at == 0 ? 0 : 1;
      if (fnmatch(pattern.c_str(), whole.c_str() + at, FNM_PATHNAME) == 0) return true;
    }
  return false;
}

bool is_true(const std::string& value, const std::string& filter) {
  if (value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  throw Error(ErrorKind::usage, fmt::format("filter \"{}\" is neither true nor false", filter));
}

bool has_label(const oci::ImageConfig& config, const std::string& wanted) {
  const std::size_t equals = wanted.find('=');
  const auto found = config.config.labels.find(wanted.substr(0, equals));
  if (found == config.config.labels.end()) return false;
  return equals == std::string::npos || found->second == wanted.substr(equals + 1);
}

/// Takes out what a filter, "reference=…", does not want.
void apply_filter(const std::string& filter, std::vector<Listed>& images) {
  const std::size_t equals = filter.find('=');
  const std::string kind = filter.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : filter.substr(equals + 1);
  if (equals == std::string::npos || value.empty())
    throw Error(ErrorKind::usage, fmt::format("filter \"{}\" is not KEY=VALUE", filter));
  if (kind == "reference") {
    for (Listed& image : images)
      std::erase_if(image.stored.names,
                    [&](const std::string& name) { return !matches(value, name); });
    std::erase_if(images, [](const Listed& image) { return image.stored.names.empty(); });
  } else if (kind == "dangling") {
    const bool is_wanted = is_true(value, filter);
    std::erase_if(images,
                  [&](const Listed& image) { return image.stored.names.empty() != is_wanted; });
  } else if (kind == "label") {
    std::erase_if(images, [&](const Listed& image) { return !has_label(image.config, value); });
  } else if (kind == "id") {
    std::erase_if(images, [&](const Listed& image) {
      return !image.stored.id.value_or(image.stored.manifest.digest).hex().starts_with(value);
    });
  } else {
    throw Error(ErrorKind::usage, fmt::format("filter \"{}\" is not known", kind),
                "There are reference, dangling, label and id.");
  }
}

/// The operand: a name, with all its tags when it has none, or a pattern, or an id.
void apply_operand(store::LayoutStore& store, const std::string& word,
                   std::vector<Listed>& images) {
  std::vector<Listed> by_name = images;
  apply_filter("reference=" + word, by_name);
  if (!by_name.empty()) {
    images = std::move(by_name);
    return;
  }
  const images::FoundImage found = images::require_image(store, word);
  std::erase_if(images, [&](const Listed& image) {
    return image.stored.manifest.digest != found.manifest.digest;
  });
}

std::string platform_of(const Listed& image) {
  const std::string text = image.config.platform.text();
  return text == "/" ? "" : text;
}

Json json_of(const Listed& image) {
  Json json;
  json["id"] = image.stored.id.value_or(image.stored.manifest.digest).hex();
  json["names"] = image.stored.names;
  json["digest"] = image.stored.manifest.digest.text();
  json["mediatype"] = image.stored.manifest.media_type;
  json["createdat"] = image.config.created;
  json["size"] = image.stored.size;
  json["platform"] = platform_of(image);
  json["labels"] = Json::object();
  for (const auto& [name, value] : image.config.config.labels) json["labels"][name] = value;
  json["problem"] = image.stored.problem;
  return json;
}

/// One line of the list: an image under one of its names.
Json row_of(const Listed& image, const std::string& name, const Options& options,
            const World& world) {
  const oci::Digest id = image.stored.id.value_or(image.stored.manifest.digest);
  const NameParts parts = name.empty() ? NameParts{} : split(name);
  Json row;
  row["Repository"] = parts.repository;
  row["Tag"] = parts.tag;
  row["Name"] = name;
  row["ID"] = options.is_truncated ? std::string(id.short_hex()) : id.text();
  row["Digest"] = image.stored.manifest.digest.text();
  row["Created"] = human_age(image.config.created, world.now);
  row["CreatedSince"] = row["Created"];
  row["CreatedAt"] = image.config.created;
  row["Size"] = human_size(image.stored.size);
  row["Platform"] = platform_of(image);
  return row;
}

/// podman's orders of images: the newest first, the smallest first. Other orders are of names.
void sort_images(const std::string& order, std::vector<Listed>& images) {
  if (order == "size")
    std::stable_sort(images.begin(), images.end(), [](const Listed& a, const Listed& b) {
      return a.stored.size < b.stored.size;
    });
  // RFC 3339 in UTC, which is what configurations have, sorts as text.
  if (order == "created")
    std::stable_sort(images.begin(), images.end(), [](const Listed& a, const Listed& b) {
      return a.config.created > b.config.created;
    });
}

std::vector<Json> rows_of(const std::vector<Listed>& images, const Options& options,
                          const World& world) {
  std::vector<Json> rows;
  for (const Listed& image : images) {
    for (const std::string& name : image.stored.names)
      rows.push_back(row_of(image, name, options, world));
    if (image.stored.names.empty()) rows.push_back(row_of(image, "", options, world));
  }
  if (options.sort == "created" || options.sort == "size") return rows;
  std::string key = "Name";
  if (options.sort == "id") key = "ID";
  if (options.sort == "tag") key = "Tag";
  // Those without a name last.
  std::stable_sort(rows.begin(), rows.end(), [&key](const Json& a, const Json& b) {
    const auto& x = a[key].get_ref<const std::string&>();
    const auto& y = b[key].get_ref<const std::string&>();
    return x.empty() || y.empty() ? !x.empty() && y.empty() : x < y;
  });
  return rows;
}

void print_table(const std::vector<Json>& rows, const Options& options) {
  struct Column {
    const char* heading;
    const char* key;
  };
  std::vector<Column> columns = {{"REPOSITORY", "Repository"}, {"TAG", "Tag"}};
  if (options.has_digests) columns.push_back({"DIGEST", "Digest"});
  columns.insert(columns.end(), {{"IMAGE ID", "ID"}, {"CREATED", "Created"}, {"SIZE", "Size"}});
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
  Json headings;
  for (const char* key : {"Repository", "Tag", "Name", "Digest", "Created", "Size", "Platform"})
    headings[key] = upper(key);
  headings["ID"] = "IMAGE ID";
  headings["CreatedSince"] = "CREATED";
  headings["CreatedAt"] = "CREATED AT";
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

int run(const Options& options, const Invocation& invocation) {
  store::LayoutStore store(invocation.store_root(), store::Access::read);
  store.hold_blobs();
  std::vector<Listed> images = list(store);
  if (!options.image.empty()) apply_operand(store, options.image, images);
  for (const std::string& filter : options.filters) apply_filter(filter, images);
  const auto reporter = invocation.make_reporter();
  for (const Listed& image : images)
    if (!image.stored.problem.empty())
      reporter->warning(fmt::format("image {}: {}",
                                    image.stored.names.empty() ? image.stored.manifest.digest.text()
                                                               : image.stored.names.front(),
                                    image.stored.problem));
  if (options.is_json || options.format == "json") {
    Json json = Json::array();
    for (const Listed& image : images) json.push_back(json_of(image));
    print(json_text(json, 4) + "\n");
    return 0;
  }
  sort_images(options.sort, images);
  const std::vector<Json> rows = rows_of(images, options, invocation.world);
  if (options.is_quiet) {
    print_ids(rows);
  } else if (!options.format.empty()) {
    print(fill_rows(options.format, rows, options.has_heading ? headings() : Json()));
  } else {
    print_table(rows, options);
  }
  return 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("IMAGE", options->image);
  app.add_flag("-a,--all", options->is_all, "Taken for podman's sake: all images are listed");
  app.add_flag("--digests", options->has_digests, "Show the manifests' digests");
  add_list(app, "-f,--filter", options->filters,
           "Show only images for which it holds: reference=PATTERN, label=KEY[=VALUE], "
           "dangling=true|false, id=PREFIX")
      ->option_text("KEY=VALUE");
  app.add_option("--format", options->format,
                 "Print fields, e.g. '{{.Repository}}:{{.Tag}}'; with \"table \" before it with "
                 "headings; or json")
      ->option_text("TEMPLATE");
  app.add_flag("--json", options->is_json, "Print a JSON list");
  app.add_flag("!--no-trunc", options->is_truncated, "Show ids in full");
  app.add_flag("!-n,!--noheading", options->has_heading, "Leave out the headings");
  app.add_option("--sort", options->sort,
                 "Sort by created, id, repository, size or tag (default: repository)")
      ->option_text("KEY")
      ->check(CLI::IsMember({"created", "id", "repository", "size", "tag"}));
  app.add_flag("-q,--quiet", options->is_quiet, "Show ids only");
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
        R"(IMAGE is a name, with all its tags when it has none, a pattern or an id. SIZE is
what the image takes in the store, compressed. CREATED is unknown for an image
that was built reproducibly, which is the default.

Fields of --format: Repository, Tag, Name, ID, Digest, Created, CreatedAt, Size,
Platform. A record of --json has id, names, digest, mediatype, createdat (RFC
3339), size (bytes), platform, labels and problem.

Examples:
  # All versions of an image
  $ modulah images 127.0.0.1:5000/demo/app

  # Names for a script
  $ modulah images --format '{{.Repository}}:{{.Tag}}'

Exit status:
  0 on success, 1 when there is no such image, 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
