// Local lists of manifests that grow build by build: --manifest.
#pragma once

#include <span>
#include <string>

#include "modulah/builder/builder.h"
#include "modulah/oci/descriptor.h"
#include "modulah/oci/media_type.h"
#include "modulah/store/layout_store.h"

namespace modulah::builder {

/// Adds `images` to the index that `name` stands for in the store, or makes one of `format` with
/// that name. An image takes the place of the one for the same platform. Returns the index.
/// Throws Error invalid when `name` stands for an image.
oci::Descriptor add_to_list(store::LayoutStore& store, const std::string& name,
                            std::span<const BuiltImage> images, oci::Format format);

}  // namespace modulah::builder
