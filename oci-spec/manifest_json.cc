// Manifests and indexes as JSON.
#include <algorithm>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/oci/index.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"

#include "json_reader.h"

namespace modulah::oci {

namespace {

/// Throws when the document says that it is of another version than 2.
void check_version(const JsonValue& document) {
  const std::uint64_t version = document.require("schemaVersion").size();
  if (version == 1)
    throw Error(ErrorKind::unsupported, document.message("is a Docker schema 1 manifest"),
                "Push the image again with a current tool.");
  if (version != 2) document.refuse(fmt::format("has the schemaVersion {}, not 2", version));
}

template <typename Document>
OrderedJson begin_document(const Document& document) {
  OrderedJson json;
  json["schemaVersion"] = 2;
  if (!document.media_type.empty()) json["mediaType"] = document.media_type;
  if (!document.artifact_type.empty()) json["artifactType"] = document.artifact_type;
  return json;
}

OrderedJson write_descriptors(const std::vector<Descriptor>& descriptors) {
  OrderedJson list = OrderedJson::array();
  for (const Descriptor& descriptor : descriptors) list.push_back(write_descriptor(descriptor));
  return list;
}

}  // namespace

Manifest parse_manifest(std::string_view json, std::string_view what) {
  const Json parsed = parse_document(json, what);
  const JsonValue document(parsed, what);
  check_version(document);
  Manifest manifest{text_or_empty(document, "mediaType"),
                    text_or_empty(document, "artifactType"),
                    read_descriptor(document.require("config")),
                    {},
                    std::nullopt,
                    {}};
  if (manifest.media_type.empty()) manifest.media_type = media_type::kOciManifest;
  if (!is_manifest(manifest.media_type))
    document.require("mediaType")
        .refuse(fmt::format("is \"{}\", which is not a manifest", manifest.media_type));
  for (const JsonValue& layer : document.require("layers").items())
    manifest.layers.push_back(read_descriptor(layer));
  if (const auto subject = document.find("subject")) manifest.subject = read_descriptor(*subject);
  if (const auto annotations = document.find("annotations"))
    manifest.annotations = annotations->text_map();
  return manifest;
}

std::string to_json(const Manifest& manifest) {
  OrderedJson json = begin_document(manifest);
  json["config"] = write_descriptor(manifest.config);
  json["layers"] = write_descriptors(manifest.layers);
  if (manifest.subject) json["subject"] = write_descriptor(*manifest.subject);
  const bool has_annotations = manifest.media_type != media_type::kDockerManifest;
  if (has_annotations && !manifest.annotations.empty()) json["annotations"] = manifest.annotations;
  return write_document(json, "manifest");
}

Index parse_index(std::string_view json, std::string_view what, std::uint64_t max_bytes) {
  const Json parsed = parse_document(json, what, max_bytes);
  const JsonValue document(parsed, what);
  check_version(document);
  Index index;
  index.media_type = text_or_empty(document, "mediaType");
  if (!index.media_type.empty() && !is_index(index.media_type))
    document.require("mediaType")
        .refuse(fmt::format("is \"{}\", which is not an index", index.media_type));
  index.artifact_type = text_or_empty(document, "artifactType");
  for (const JsonValue& entry : document.require("manifests").items())
    index.manifests.push_back(read_descriptor(entry));
  if (const auto subject = document.find("subject")) index.subject = read_descriptor(*subject);
  if (const auto annotations = document.find("annotations"))
    index.annotations = annotations->text_map();
  return index;
}

std::string to_json(const Index& index) {
  OrderedJson json = begin_document(index);
  json["manifests"] = write_descriptors(index.manifests);
  if (index.subject) json["subject"] = write_descriptor(*index.subject);
  if (!index.annotations.empty()) json["annotations"] = index.annotations;
  return write_document(json, "index");
}

const Descriptor* find_platform(const Index& index, const Platform& wanted) {
  const Descriptor* without_variant = nullptr;
  for (const Descriptor& entry : index.manifests) {
    if (!entry.platform || entry.platform->os != wanted.os ||
        entry.platform->architecture != wanted.architecture || wanted.os == "unknown")
      continue;
    if (entry.platform->variant == wanted.variant) return &entry;
    if (entry.platform->variant.empty() && without_variant == nullptr) without_variant = &entry;
  }
  return without_variant;
}

}  // namespace modulah::oci
