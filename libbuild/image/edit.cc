// Changes to an image as functions from one value to the next.
#include "modulah/image/edit.h"

#include <utility>

namespace modulah::image {

Image append_layer(Image image, const LayerRecord& layer, oci::HistoryEntry history) {
  history.is_empty_layer = false;
  image.layers.push_back(layer.descriptor);
  image.config.diff_ids.push_back(layer.diff_id);
  image.config.history.push_back(std::move(history));
  return image;
}

Image append_history(Image image, oci::HistoryEntry history) {
  history.is_empty_layer = true;
  image.config.history.push_back(std::move(history));
  return image;
}

Image set_annotations(Image image, const oci::Annotations& annotations) {
  for (const auto& [key, value] : annotations) image.annotations[key] = value;
  return image;
}

oci::Manifest make_manifest(const Image& image, const oci::Descriptor& config, oci::Format format) {
  const bool is_oci = format == oci::Format::oci;
  return {std::string(is_oci ? oci::media_type::kOciManifest : oci::media_type::kDockerManifest),
          "",
          config,
          image.layers,
          std::nullopt,
          image.annotations};
}

}  // namespace modulah::image
