// Images that tests put into stores.
#pragma once

#include <string>
#include <vector>

#include "modulah/image/blob_writer.h"
#include "modulah/image/image_store.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"

namespace modulah::test {

/// Stores a text as a blob.
inline oci::Descriptor put_text(image::ImageStore& store, std::string_view type,
                                std::string_view text) {
  return image::put_document(store, type, text);
}

/// Stores an image of one layer whose blobs all have `name` in them, and returns its manifest.
inline oci::Descriptor put_image(image::ImageStore& store, const std::string& name) {
  const oci::Manifest manifest{
      std::string(oci::media_type::kOciManifest),
      "",
      put_text(store, oci::media_type::kOciConfig, "{\"author\":\"" + name + "\"}"),
      {put_text(store, oci::media_type::kOciLayerGzip, "layer of " + name)},
      std::nullopt,
      {}};
  return put_text(store, oci::media_type::kOciManifest, oci::to_json(manifest));
}

}  // namespace modulah::test
