// modulah inspect: all that is known about an image or a module.
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/base/json.h"
#include "modulah/images/names.h"
#include "modulah/images/platforms.h"
#include "modulah/oci/nesting.h"
#include "modulah/store/layout_store.h"

#include "commands.h"
#include "image_record.h"
#include "module_file.h"
#include "module_report.h"
#include "module_view.h"
#include "open_image.h"
#include "print.h"
#include "registry_options.h"
#include "remote_images.h"
#include "template.h"

namespace modulah::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxTop = 1'000'000;

struct Options {
  std::vector<std::string> images;
  std::string format;
  std::string type = "image";
  std::string platform;
  RegistryFlags registry;
  bool is_raw = false;
  bool is_config = false;
  bool is_json = false;
  bool is_module = false;  ///< Of an image, look at its entry module.
  std::size_t top = 10;
};

/// The names that the store has for a manifest, or another place for its image.
std::vector<std::string> names_of(const images::OpenedImage& image) {
  if (auto* store = dynamic_cast<store::LayoutStore*>(image.blobs.get()))
    for (const store::StoredImage& stored : store->images())
      if (stored.manifest.digest == image.manifest.digest) return stored.names;
  return image.names;
}

/// "localhost/app@sha256:…" for "localhost/app:latest".
std::vector<std::string> with_digest(const std::vector<std::string>& names,
                                     const std::string& digest) {
  std::vector<std::string> out;
  for (const std::string& name : names) {
    const std::size_t colon = name.rfind(':');
    const std::size_t slash = name.rfind('/');
    const bool has_tag =
        colon != std::string::npos && (slash == std::string::npos || colon > slash);
    out.push_back(fmt::format("{}@{}", name.substr(0, has_tag ? colon : name.size()), digest));
  }
  return out;
}

Json history_record(const oci::ImageConfig& config) {
  Json list = Json::array();
  for (const oci::HistoryEntry& entry : config.history)
    list.push_back({{"created", entry.created},
                    {"created_by", entry.created_by},
                    {"author", entry.author},
                    {"comment", entry.comment},
                    {"empty_layer", entry.is_empty_layer}});
  return list;
}

Json layers_record(const ImageDocuments& documents) {
  Json list = Json::array();
  const auto& diff_ids = documents.config.diff_ids;
  for (std::size_t i = 0; i < documents.manifest.layers.size(); ++i) {
    const oci::Descriptor& layer = documents.manifest.layers[i];
    list.push_back({{"MediaType", layer.media_type},
                    {"Digest", layer.digest.text()},
                    {"Size", layer.size},
                    {"DiffId", i < diff_ids.size() ? diff_ids[i].text() : ""}});
  }
  return list;
}

Json record_of(const images::OpenedImage& image) {
  const ImageDocuments documents = read_documents(*image.blobs, image.manifest);
  const oci::ImageConfig& config = documents.config;
  const std::vector<std::string> names = names_of(image);
  std::uint64_t size = documents.manifest_descriptor.size + documents.manifest.config.size;
  for (const oci::Descriptor& layer : documents.manifest.layers) size += layer.size;
  Json layers = Json::array();
  for (const oci::Digest& diff_id : config.diff_ids) layers.push_back(diff_id.text());
  WasmRecord wasm = wasm_record(*image.blobs, documents, image.name);

  Json json;
  json["Id"] = documents.manifest.config.digest.hex();
  json["Digest"] = image.manifest.digest.text();
  json["RepoTags"] = names;
  json["RepoDigests"] = with_digest(names, image.manifest.digest.text());
  json["Created"] = config.created;
  json["Author"] = config.author;
  json["Architecture"] = config.platform.architecture;
  json["Os"] = config.platform.os;
  json["Variant"] = config.platform.variant;
  json["Size"] = size;
  json["Config"] = config_record(config.config);
  json["Labels"] = Json(config.config.labels);
  if (config.config.labels.empty()) json["Labels"] = Json::object();
  json["Annotations"] = Json::object();
  for (const auto& [name, value] : documents.manifest.annotations)
    json["Annotations"][name] = value;
  json["ManifestType"] = documents.manifest_descriptor.media_type;
  json["RootFS"] = {{"Type", "layers"}, {"Layers", std::move(layers)}};
  json["Layers"] = layers_record(documents);
  json["History"] = history_record(config);
  json["Wasm"] = std::move(wasm.record);
  json["WasmProblem"] = std::move(wasm.problem);
  json["Manifest"] = parse_json<Json>(documents.manifest_text);
  return json;
}

/// An artifact's configuration may be anything.
Json parsed_config(const ImageDocuments& documents) {
  oci::check_nesting(documents.config_text,
                     fmt::format("configuration {}", documents.manifest.config.digest.text()));
  Json json = parse_json<Json>(documents.config_text);
  if (json.is_discarded())
    throw Error(ErrorKind::invalid,
                fmt::format("configuration {} is no JSON", documents.manifest.config.digest.text()),
                "Print it as it is with --raw --config.");
  return json;
}

/// Adds a record to those that are printed in the end, or prints what is wanted of it.
void show_record(Json record, const Options& options, Json& records) {
  if (options.format.empty() || options.format == "json")
    records.push_back(std::move(record));
  else
    print(fill_template(options.format, record));
}

/// Shows what a module is made of: for people, unless a record is asked for.
void inspect_module(std::string_view bytes, std::string path, const Options& options,
                    Json& records) {
  const ModuleReport report = make_module_report(as_bytes(bytes), std::move(path), options.top);
  if (options.is_json || !options.format.empty())
    show_record(module_record(report), options, records);
  else
    print(module_view(report));
}

/// The same of an image's entry module.
void inspect_module_of(const images::OpenedImage& image, const Options& options, Json& records) {
  const ImageDocuments documents = read_documents(*image.blobs, image.manifest);
  EntryModule module = read_entry_module(*image.blobs, documents, image.name);
  inspect_module(module.bytes, module.path.empty() ? image.name : std::move(module.path), options,
                 records);
}

/// Prints what is wanted of an image, or adds it to the `records` that are printed in the end.
void inspect(const images::OpenedImage& image, const Options& options, Json& records) {
  if (options.is_raw) {
    print(options.is_config ? read_documents(*image.blobs, image.manifest).config_text
                            : oci::read_blob(*image.blobs, image.manifest, oci::kMaxDocumentBytes));
    return;
  }
  Json record = options.is_config ? parsed_config(read_documents(*image.blobs, image.manifest))
                                  : record_of(image);
  show_record(std::move(record), options, records);
}

/// An image; a name that ends in ".wasm" was most likely meant to be a file.
images::OpenedImage open_named(const std::string& word, const Invocation& invocation) {
  try {
    return open_image(invocation, word);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found || !word.ends_with(".wasm")) throw;
    throw Error(ErrorKind::not_found,
                fmt::format("\"{}\" is neither a file nor an image in the store", word));
  }
}

/// Takes the platform that is wanted of an image for several.
void narrow(images::OpenedImage& image, const Options& options) {
  if (options.platform.empty()) return;
  image.manifest =
      images::narrow_to(*image.blobs, image.manifest,
                        images::parse_platform(options.platform, "--platform"), image.name);
}

/// An image of the store, of a place on disk or of a registry.
void inspect_image(images::OpenedImage& image, const Options& options, Json& records) {
  narrow(image, options);
  if (options.is_module)
    inspect_module_of(image, options, records);
  else
    inspect(image, options, records);
}

void inspect_word(const std::string& word, const Options& options, const Invocation& invocation,
                  Reporter& reporter, Json& records) {
  if (const auto file = module_file(invocation.world, word)) {
    if (options.is_raw || options.is_config)
      throw Error(ErrorKind::usage, fmt::format("--{} is for images, and \"{}\" is a file",
                                                options.is_raw ? "raw" : "config", word));
    inspect_module(read_module_file(*file), word, options, records);
    return;
  }
  const auto place = image::parse_place(word, image::PlaceUse::read);
  if (place && !place->is_on_disk()) {
    RemoteImage opened = open_remote(invocation, place->name, options.registry, reporter);
    return inspect_image(opened.image, options, records);
  }
  images::OpenedImage image = open_named(word, invocation);
  inspect_image(image, options, records);
}

/// One image that is not there keeps none of the others from being shown.
int run(const Options& options, const Invocation& invocation) {
  (void)invocation.stop();
  const auto reporter = invocation.make_reporter();
  Json records = Json::array();
  int status = 0;
  for (const std::string& word : options.images) {
    try {
      inspect_word(word, options, invocation, *reporter, records);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found || options.images.size() == 1) throw;
      print_failure(error);
      status = 1;
    }
  }
  if (!records.empty()) print(json_text(records, 4) + "\n");
  return status;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("IMAGE|FILE", options->images)->required();
  app.add_option("-f,--format", options->format,
                 "Print fields of the record, e.g. '{{.Digest}}' or '{{json .Config}}'; json is "
                 "the whole record (default for an image: json)")
      ->option_text("TEMPLATE");
  app.add_option("-t,--type", options->type, "What to look at: image (default: image)")
      ->option_text("TYPE")
      ->check(CLI::IsMember({"image"}));
  app.add_option("--platform", options->platform,
                 "Show this platform of an image for several (default: the one for Wasm)")
      ->option_text("OS/ARCH[/VARIANT]");
  add_registry_flags(app, options->registry);
  app.add_flag("--raw", options->is_raw,
               "Print the manifest or index, byte for byte, as it is stored");
  app.add_flag("--config", options->is_config,
               "Look at the configuration; with --raw byte for byte");
  app.add_flag("--json", options->is_json, "Print JSON, as is the default for an image");
  app.add_flag("--module", options->is_module, "Look into the image's entry module, as into a file")
      ->excludes("--raw")
      ->excludes("--config");
  app.add_option("--top", options->top,
                 "List so many of a module's largest functions and data segments (default: 10)")
      ->option_text("NUMBER")
      ->check(CLI::Range(std::size_t{0}, kMaxTop));
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command inspect_command = {
    .name = "inspect",
    .alias = "",
    .group = "Images",
    .operands = "IMAGE|FILE...",
    .summary = "Show all that is known about an image or a module",
    .description =
        R"(Of a FILE, a WebAssembly module or component, it shows what kind it is, its
imports and exports, memories and tables, the features it uses, the tools that
made it, its debug information, and where its bytes are: by section, and the
largest functions (with demangled names) and data segments. FILE ends in .wasm,
or begins with / or ./. With --module, the same is shown of an image's entry
module. A function without a name is func[N], N as in disassemblies. With --json
it is a list with a record for each module, whose keys are always all there and
whose sizes are in bytes.

IMAGE is a name, an id, a place on disk (oci:DIR[:NAME], oci-archive:FILE[:NAME],
docker-archive:FILE[:NAME], dir:DIR), or docker://NAME for an image of a registry,
which is not pulled. What is printed is a JSON list with a record for each image,
with podman's names; in addition there are Wasm (imports, exports, WASI version,
memory and features of the entry point's module; null when there is none, and
WasmProblem says why), Layers and Manifest. Of an index, the entry that would be
run is shown.

Examples:
  # What makes the module so large?
  $ modulah inspect --top 20 app.wasm

  # And the one in an image, as JSON
  $ modulah inspect --module --json app | jq '.[0].sections'

  # What does the module import?
  $ modulah inspect app | jq '.[0].Wasm.Imports[].Name'

  # Which digest will a registry show?
  $ modulah inspect -f '{{.Digest}}' app

  # An annotation
  $ modulah inspect -f '{{index .Annotations "module.wasm.image/variant"}}' app

  # The manifest of an image in a registry, as it is there
  $ modulah inspect --raw docker://registry.example.com/app:v1

Exit status:
  0 on success, 1 when an image is not there (the others are shown all the same),
  2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
