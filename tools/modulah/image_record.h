// What `images` and `inspect` tell about an image, read from its documents.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "modulah/oci/blob_reader.h"
#include "modulah/oci/image_config.h"
#include "modulah/oci/manifest.h"

namespace modulah::cli {

/// An image's documents: as they are stored, and read.
struct ImageDocuments {
  oci::Descriptor manifest_descriptor;
  std::string manifest_text;
  std::string config_text;
  oci::Manifest manifest;
  oci::ImageConfig config;  ///< Empty for an artifact, whose configuration is of another kind.
};

/// Reads the documents of a manifest, or of an index's entry that is for Wasm (else its first).
/// Throws Error as reading does; invalid for an index without entries.
[[nodiscard]] ImageDocuments read_documents(oci::BlobReader& blobs, const oci::Descriptor& root);

/// The module that an image runs.
struct EntryModule {
  std::string path;  ///< In the image; empty when a layer is the module.
  std::string bytes;
};

/// Reads the entry point's module, at most 1 GiB. `name` is what messages call the image. Throws
/// Error not_found when the image has no such file, and as reading does.
[[nodiscard]] EntryModule read_entry_module(oci::BlobReader& blobs, const ImageDocuments& documents,
                                            std::string_view name);

/// The configuration's "config" as podman shows it: Env, Cmd, Entrypoint and the like, those that
/// are set.
[[nodiscard]] nlohmann::ordered_json config_record(const oci::ContainerConfig& config);

struct WasmRecord {
  nlohmann::ordered_json record;  ///< Null when there is no module that can be read.
  std::string problem;            ///< Why, or empty.
};

/// What the entry point's module says about itself: imports, exports, WASI version, memory,
/// features. Throws Error corrupt and io only.
[[nodiscard]] WasmRecord wasm_record(oci::BlobReader& blobs, const ImageDocuments& documents,
                                     std::string_view name);

}  // namespace modulah::cli
