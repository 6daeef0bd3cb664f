// What each media type means.
#include "modulah/oci/media_type.h"

#include <algorithm>
#include <array>

namespace modulah::oci {

using namespace media_type;

bool is_manifest(std::string_view type) { return type == kOciManifest || type == kDockerManifest; }

bool is_index(std::string_view type) { return type == kOciIndex || type == kDockerIndex; }

bool is_layer(std::string_view type) {
  constexpr std::array kLayers = {kOciLayer,    kOciLayerGzip,    kOciLayerZstd,
                                  kDockerLayer, kDockerLayerGzip, kDockerLayerZstd};
  return std::find(kLayers.begin(), kLayers.end(), type) != kLayers.end();
}

std::string_view layer_type(Format format, Compression compression) {
  const bool is_oci = format == Format::oci;
  switch (compression) {
    case Compression::none:
      return is_oci ? kOciLayer : kDockerLayer;
    case Compression::gzip:
      return is_oci ? kOciLayerGzip : kDockerLayerGzip;
    case Compression::zstd:
      return is_oci ? kOciLayerZstd : kDockerLayerZstd;
  }
  return kOciLayer;
}

}  // namespace modulah::oci
