// Checks a stored image: is it complete and intact, and will it run?
#pragma once

#include <vector>

#include "modulah/images/module_validator.h"
#include "modulah/oci/blob_reader.h"
#include "modulah/oci/descriptor.h"
#include "modulah/validate/finding.h"

namespace modulah::images {

/// Reads every blob of the image, or of all images of an index: digests, sizes and diff ids, the
/// documents, the entry point's module; then come the rules about images. Subjects are "image",
/// "image for PLATFORM" in an index, and paths in the image. Defects of the image are
/// findings; Error is thrown for other failures.
[[nodiscard]] std::vector<validate::Finding> check_stored_image(oci::BlobReader& blobs,
                                                                const oci::Descriptor& root,
                                                                ModuleValidator& modules);

}  // namespace modulah::images
