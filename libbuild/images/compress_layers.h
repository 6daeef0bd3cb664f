// Getting images with plain layers, as docker-archives have them, into the store.
//
// Layers are compressed as 'modulah build' compresses them, with the same bytes as the result. So
// an image that was built here and comes back from a docker-archive has its old layers again, and
// is pushed as small as before.
#pragma once

#include "modulah/base/reporter.h"
#include "modulah/image/copy.h"
#include "modulah/oci/descriptor.h"
#include "modulah/store/layout_store.h"

namespace modulah::images {

/// The manifest in the store, and what was copied.
struct CompressedImage {
  oci::Descriptor manifest;
  image::CopyResult copied;
};

/// Copies the image of `root`, a manifest, into `store`; its plain layers are compressed. Throws
/// what the stores throw.
[[nodiscard]] CompressedImage copy_compressed(image::ImageStore& from, store::LayoutStore& store,
                                              const oci::Descriptor& root, Reporter& reporter);

}  // namespace modulah::images
