// modulah history: what an image was made of, the newest step first.
#include <array>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/human.h"

#include "commands.h"
#include "image_record.h"
#include "open_image.h"
#include "print.h"
#include "template.h"

namespace modulah::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kMissing = "<missing>";
constexpr std::size_t kShortText = 45;

struct Options {
  std::string image;
  std::string format;
  bool is_json = false;
  bool is_human = true;
  bool is_quiet = false;
  bool is_truncated = true;
};

/// A step of an image's history.
struct Step {
  std::string id;  ///< Of the image, for its last step; else "<missing>": there is no image of it.
  oci::HistoryEntry entry;
  std::uint64_t size = 0;  ///< Of the layer, in bytes as stored; 0 without one.
};

/// The last step first. Layers that the history does not mention come as steps of their own.
std::vector<Step> steps_of(const ImageDocuments& documents) {
  std::vector<Step> steps;
  const std::vector<oci::Descriptor>& layers = documents.manifest.layers;
  std::size_t layer = 0;
  for (const oci::HistoryEntry& entry : documents.config.history) {
    const bool has_layer = !entry.is_empty_layer && layer < layers.size();
    steps.push_back({std::string(kMissing), entry, has_layer ? layers[layer].size : 0});
    layer += has_layer ? 1 : 0;
  }
  for (; layer < layers.size(); ++layer)
    steps.push_back({std::string(kMissing), {}, layers[layer].size});
  if (!steps.empty()) steps.back().id = documents.manifest.config.digest.hex();
  return {steps.rbegin(), steps.rend()};
}

std::string shortened(const std::string& text, std::size_t max) {
  if (text.size() <= max) return text;
  std::size_t end = max - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

Json row_of(const Step& step, const Options& options, const World& world) {
  const bool is_short = options.is_truncated;
  Json row;
  row["ID"] = is_short ? step.id.substr(0, 12) : step.id;
  row["Created"] = options.is_human ? human_age(step.entry.created, world.now) : step.entry.created;
  row["CreatedSince"] = human_age(step.entry.created, world.now);
  row["CreatedAt"] = step.entry.created;
  row["CreatedBy"] =
      is_short ? shortened(step.entry.created_by, kShortText) : step.entry.created_by;
  row["Size"] = options.is_human ? human_size(step.size) : fmt::format("{}", step.size);
  row["Comment"] = step.entry.comment;
  return row;
}

Json record_of(const Step& step) {
  return {{"id", step.id},
          {"created", step.entry.created},
          {"CreatedBy", step.entry.created_by},
          {"size", step.size},
          {"comment", step.entry.comment}};
}

/// Columns with headings: a list of keys and what stands above each.
void print_rows(const std::vector<Json>& rows) {
  constexpr std::array<std::pair<const char*, const char*>, 5> kColumns = {
      {{"ID", "ID"},
       {"CREATED", "Created"},
       {"CREATED BY", "CreatedBy"},
       {"SIZE", "Size"},
       {"COMMENT", "Comment"}}};
  std::vector<std::vector<std::string>> cells(1);
  for (const auto& [heading, key] : kColumns) cells.front().emplace_back(heading);
  for (const Json& row : rows) {
    cells.emplace_back();
    for (const auto& [heading, key] : kColumns) cells.back().push_back(row[key]);
  }
  print(table(cells));
}

/// The headings of "table TEMPLATE", as podman has them.
Json headings() {
  return {{"ID", "ID"},
          {"Created", "CREATED"},
          {"CreatedSince", "CREATED"},
          {"CreatedAt", "CREATED AT"},
          {"CreatedBy", "CREATED BY"},
          {"Size", "SIZE"},
          {"Comment", "COMMENT"}};
}

int run(const Options& options, const Invocation& invocation) {
  const images::OpenedImage image = open_image(invocation, options.image);
  const std::vector<Step> steps = steps_of(read_documents(*image.blobs, image.manifest));
  if (options.is_json || options.format == "json") {
    Json records = Json::array();
    for (const Step& step : steps) records.push_back(record_of(step));
    print(json_text(records, 4) + "\n");
    return 0;
  }
  std::vector<Json> rows;
  for (const Step& step : steps) rows.push_back(row_of(step, options, invocation.world));
  if (options.is_quiet) {
    for (const Json& row : rows) print(row["ID"].get<std::string>() + "\n");
  } else if (!options.format.empty()) {
    print(fill_rows(options.format, rows, headings()));
  } else {
    print_rows(rows);
  }
  return 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("IMAGE", options->image)->required();
  app.add_option("--format", options->format,
                 "Print fields, e.g. '{{.CreatedBy}}'; with \"table \" before it with headings; or "
                 "json")
      ->option_text("TEMPLATE");
  app.add_flag("-H,--human", options->is_human,
               "Print sizes and times for people; =false: bytes and RFC 3339 (default: true)");
  app.add_flag("--json", options->is_json, "Print a JSON list");
  app.add_flag("!--no-trunc", options->is_truncated, "Show ids and instructions in full");
  app.add_flag("-q,--quiet", options->is_quiet, "Print ids only");
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command history_command = {
    .name = "history",
    .alias = "",
    .group = "Images",
    .operands = "IMAGE",
    .summary = "Show what an image was made of",
    .description =
        R"(IMAGE is a name, an id or a place on disk. The last step comes first. SIZE is what
the step's layer takes in the store, compressed. CREATED is unknown for an image
that was built reproducibly, which is the default.

Fields of --format: ID, Created, CreatedAt, CreatedBy, CreatedSince, Size, Comment.
A record of --json has id, created (RFC 3339), CreatedBy, size (bytes) and comment.

Examples:
  # The instructions of the Containerfile, in full
  $ modulah history --no-trunc --format '{{.CreatedBy}}' demo/app

Exit status:
  0 on success, 1 when there is no such image, 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
