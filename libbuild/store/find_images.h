// Images among blobs that no index lists any more; internal.
#pragma once

#include <filesystem>
#include <vector>

#include "modulah/oci/descriptor.h"

namespace modulah::store {

/// The manifests and indexes in the directory `blobs` that no other document there refers to, by
/// digest. Blobs whose bytes are not what their name says are left out.
[[nodiscard]] std::vector<oci::Descriptor> find_images(const std::filesystem::path& blobs);

}  // namespace modulah::store
