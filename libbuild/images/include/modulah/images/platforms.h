// Choosing an image of an index by its platform.
#pragma once

#include <optional>
#include <string_view>

#include "modulah/oci/blob_reader.h"
#include "modulah/oci/descriptor.h"
#include "modulah/oci/platform.h"

namespace modulah::images {

/// The manifest itself, or the entry of an index (they may be nested) that is for `wanted`; without
/// one the entry for Wasm, else the one for `host`. `name` names the image in messages. Throws
/// Error not_found, with the platforms that there are, when none is.
[[nodiscard]] oci::Descriptor choose_manifest(oci::BlobReader& from, const oci::Descriptor& root,
                                              const std::optional<oci::Platform>& wanted,
                                              const oci::Platform& host, std::string_view name);

/// The same without a wish: the entry for Wasm, else the only one. Throws Error not_found.
[[nodiscard]] oci::Descriptor choose_runnable(oci::BlobReader& from, const oci::Descriptor& root,
                                              std::string_view name);

/// Like choose_manifest, but only when a platform is wanted; else `root` as it is. For commands
/// that take an image for several platforms as a whole.
[[nodiscard]] oci::Descriptor narrow_to(oci::BlobReader& from, const oci::Descriptor& root,
                                        const std::optional<oci::Platform>& wanted,
                                        std::string_view name);

}  // namespace modulah::images
