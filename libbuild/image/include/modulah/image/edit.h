// Changes to an image as functions from one value to the next: no store, no file.
#pragma once

#include <optional>
#include <string>

#include "modulah/oci/image_config.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"

namespace modulah::image {

/// A layer as an image names it: stored bytes in the manifest, plain bytes in the configuration.
struct LayerRecord {
  oci::Descriptor descriptor;
  oci::Digest diff_id;
};

/// An image's two documents before they are written. The manifest's `config` descriptor is
/// set when the configuration is stored.
struct Image {
  oci::ImageConfig config;
  std::vector<oci::Descriptor> layers;
  oci::Annotations annotations;  ///< Of the manifest.
};

/// Adds a layer on top, with its history entry.
[[nodiscard]] Image append_layer(Image image, const LayerRecord& layer, oci::HistoryEntry history);
/// Adds a history entry without a layer.
[[nodiscard]] Image append_history(Image image, oci::HistoryEntry history);
/// Sets annotations, replacing those of the same key.
[[nodiscard]] Image set_annotations(Image image, const oci::Annotations& annotations);

/// The manifest of `image` in `format`, whose configuration is stored as `config`.
[[nodiscard]] oci::Manifest make_manifest(const Image& image, const oci::Descriptor& config,
                                          oci::Format format);

}  // namespace modulah::image
