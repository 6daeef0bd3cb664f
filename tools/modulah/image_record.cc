// Reads an image's documents and its module.
#include "image_record.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/layer/unpack.h"
#include "modulah/oci/index.h"
#include "modulah/oci/media_type.h"
#include "modulah/runner/run_spec.h"
#include "modulah/wasm/summary.h"

namespace modulah::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMaxModuleBytes = std::uint64_t{1} << 30;

/// The entry of an index that is shown: the one that `run` would choose, else the first.
oci::Descriptor shown_entry(oci::BlobReader& blobs, const oci::Descriptor& root) {
  const oci::Index index = oci::parse_index(oci::read_blob(blobs, root, oci::kMaxDocumentBytes),
                                            "index " + root.digest.text());
  if (index.manifests.empty())
    throw Error(ErrorKind::invalid, fmt::format("index {} has no entries", root.digest.text()));
  for (const char* os : {"wasi", "wasip1", "wasip2", "linux"})
    if (const auto* found = oci::find_platform(index, oci::Platform{os, "wasm", {}, {}, {}}))
      return *found;
  return index.manifests.front();
}

Json memory_record(const wasm::Memory& memory) {
  Json json;
  json["MinimumPages"] = memory.minimum;
  json["MaximumPages"] = memory.maximum ? Json(*memory.maximum) : Json(nullptr);
  json["PageBytes"] = memory.page_bytes;
  json["Shared"] = memory.is_shared;
  json["Memory64"] = memory.is_64;
  return json;
}

Json summary_record(const std::string& path, const wasm::Summary& summary) {
  Json json;
  json["Path"] = path;
  json["Kind"] = summary.kind == wasm::BinaryKind::component ? "component" : "module";
  json["Role"] = wasm::to_string(summary.role);
  json["Size"] = summary.size;
  json["Wasi"] = wasm::to_string(summary.wasi);
  json["WasiVersion"] = summary.wasi_version;
  json["Environments"] = Json::array();
  for (const wasm::Environment one : summary.environments)
    json["Environments"].push_back(wasm::to_string(one));
  json["Imports"] = Json::array();
  for (const wasm::Import& one : summary.imports)
    json["Imports"].push_back({{"Module", one.module},
                               {"Name", one.name},
                               {"Kind", wasm::to_string(one.kind)},
                               {"Type", one.type}});
  json["Exports"] = Json::array();
  for (const wasm::Export& one : summary.exports)
    json["Exports"].push_back(
        {{"Name", one.name}, {"Kind", wasm::to_string(one.kind)}, {"Type", one.type}});
  json["Memory"] =
      summary.memories.empty() ? Json(nullptr) : memory_record(summary.memories.front());
  json["Features"] = summary.features().names();
  json["Producers"] = Json::array();
  for (const wasm::Producer& one : summary.producers)
    json["Producers"].push_back(
        {{"Field", one.field}, {"Name", one.name}, {"Version", one.version}});
  json["CustomSections"] = Json::array();
  for (const wasm::CustomSection& one : summary.custom_sections)
    json["CustomSections"].push_back({{"Name", one.name}, {"Size", one.size}});
  return json;
}

template <typename Words>
void set_words(Json& json, const char* key, const Words& words) {
  if (words) json[key] = *words;
}

}  // namespace

ImageDocuments read_documents(oci::BlobReader& blobs, const oci::Descriptor& root) {
  oci::Descriptor descriptor = oci::is_index(root.media_type) ? shown_entry(blobs, root) : root;
  std::string manifest_text = oci::read_blob(blobs, descriptor, oci::kMaxDocumentBytes);
  oci::Manifest manifest =
      oci::parse_manifest(manifest_text, "manifest " + descriptor.digest.text());
  const oci::Descriptor config = manifest.config;
  ImageDocuments documents{std::move(descriptor),
                           std::move(manifest_text),
                           oci::read_blob(blobs, config, oci::kMaxDocumentBytes),
                           std::move(manifest),
                           {}};
  if (config.media_type == oci::media_type::kOciConfig ||
      config.media_type == oci::media_type::kDockerConfig)
    documents.config =
        oci::parse_image_config(documents.config_text, "configuration " + config.digest.text());
  return documents;
}

EntryModule read_entry_module(oci::BlobReader& blobs, const ImageDocuments& documents,
                              std::string_view name) {
  std::vector<oci::Descriptor> layers;
  for (const oci::Descriptor& layer : documents.manifest.layers) {
    if (layer.media_type == oci::media_type::kWasmLayer)
      return {"", oci::read_blob(blobs, layer, kMaxModuleBytes)};
    if (oci::is_layer(layer.media_type)) layers.push_back(layer);
  }
  const runner::RunSpec spec = runner::make_run_spec(documents.config, {}, name);
  auto file = layer::find_file(blobs, layers, spec.module_path, kMaxModuleBytes);
  if (!file)
    throw Error(ErrorKind::not_found,
                fmt::format("image {} has no file {}", name, spec.module_path));
  return {spec.module_path, std::move(file->bytes)};
}

Json config_record(const oci::ContainerConfig& config) {
  Json json = Json::object();
  if (!config.user.empty()) json["User"] = config.user;
  for (const std::string& port : config.exposed_ports) json["ExposedPorts"][port] = Json::object();
  if (!config.environment.empty()) json["Env"] = config.environment;
  set_words(json, "Entrypoint", config.entrypoint);
  set_words(json, "Cmd", config.command);
  for (const std::string& volume : config.volumes) json["Volumes"][volume] = Json::object();
  if (!config.working_directory.empty()) json["WorkingDir"] = config.working_directory;
  if (!config.labels.empty()) json["Labels"] = config.labels;
  if (!config.stop_signal.empty()) json["StopSignal"] = config.stop_signal;
  if (!config.shell.empty()) json["Shell"] = config.shell;
  if (!config.on_build.empty()) json["OnBuild"] = config.on_build;
  if (config.healthcheck) json["Healthcheck"]["Test"] = config.healthcheck->test;
  return json;
}

WasmRecord wasm_record(oci::BlobReader& blobs, const ImageDocuments& documents,
                       std::string_view name) {
  try {
    const EntryModule module = read_entry_module(blobs, documents, name);
    const wasm::Summary summary =
        wasm::summarize(as_bytes(module.bytes), module.path.empty() ? name : module.path);
    return {summary_record(module.path, summary), ""};
  } catch (const Error& error) {
    // A module that cannot be summarized is still an image; a damaged blob is an error.
    if (error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::io) throw;
    return {nullptr, error.message()};
  }
}

}  // namespace modulah::cli
