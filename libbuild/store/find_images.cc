#include "find_images.h"

#include <map>
#include <optional>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/base/json.h"
#include "modulah/oci/media_type.h"
#include "modulah/oci/nesting.h"

#include "garbage.h"

namespace modulah::store {

namespace {

/// What kind of document a text is, by its field "mediaType" or, when it has none, by its other
/// fields; nothing when it is neither a manifest nor an index.
std::optional<std::string> media_type_of(const std::string& text) {
  try {
    oci::check_nesting(text, "document");
  } catch (const Error&) {
    return std::nullopt;
  }
  const auto json = parse_json<nlohmann::json>(text);
  if (!json.is_object() || !json.contains("schemaVersion")) return std::nullopt;
  std::string type;
  if (json.contains("mediaType") && json["mediaType"].is_string())
    type = json["mediaType"].get<std::string>();
  else if (json.contains("manifests"))
    type = oci::media_type::kOciIndex;
  else if (json.contains("config") && json.contains("layers"))
    type = oci::media_type::kOciManifest;
  if (!oci::is_index(type) && !oci::is_manifest(type)) return std::nullopt;
  return type;
}

}  // namespace

std::vector<oci::Descriptor> find_images(const std::filesystem::path& blobs) {
  std::map<oci::Digest, oci::Descriptor> found;
  std::set<std::string> referenced;
  std::error_code error;
  for (std::filesystem::directory_iterator file(blobs, error), end; !error && file != end;
       file.increment(error)) {
    const std::string hex = file->path().filename().native();
    if (!is_blob_name(hex)) continue;
    const std::optional<std::string> text = read_document(file->path());
    if (!text) continue;
    const oci::Digest digest = oci::Digest::of(*text);
    const std::optional<std::string> type =
        digest.hex() == hex ? media_type_of(*text) : std::nullopt;
    if (!type) continue;
    found.emplace(digest, oci::Descriptor{*type, digest, text->size()});
    for (std::string& other : digests_in(*text)) referenced.insert(std::move(other));
  }
  std::vector<oci::Descriptor> images;
  for (const auto& [digest, descriptor] : found)
    if (!referenced.contains(std::string(digest.hex()))) images.push_back(descriptor);
  return images;
}

}  // namespace modulah::store
