// Checks an image where it is stored: are all its parts there and what they say, and will it run?
#pragma once

#include <vector>

#include "modulah/images/module_validator.h"
#include "modulah/oci/blob_reader.h"
#include "modulah/oci/descriptor.h"
#include "modulah/validate/finding.h"

namespace modulah::images {

/// Reads every blob of the image, or of all images of an index: digests, sizes and diff ids, the
/// documents, the entry point's module; then come the rules about images. Subjects are "image",
/// "image for PLATFORM" in an index, and paths in the image. What is wrong with the image is a
/// finding; Error is thrown for what is not its fault.
[[nodiscard]] std::vector<validate::Finding> check_stored_image(oci::BlobReader& blobs,
                                                                const oci::Descriptor& root,
                                                                ModuleValidator& modules);

}  // namespace modulah::images
