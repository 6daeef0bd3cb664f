// What of an image matters for running it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "modulah/oci/blob_reader.h"
#include "modulah/oci/image_config.h"
#include "modulah/oci/index.h"
#include "modulah/oci/manifest.h"

namespace modulah::runner {

/// A module larger than this is not run, in bytes.
inline constexpr std::uint64_t kMaxModuleBytes = std::uint64_t{1} << 30;

/// The documents of an image, without the contents of its layers.
struct ImageSource {
  oci::ImageConfig config;
  oci::Annotations annotations;         ///< The manifest's.
  std::vector<oci::Descriptor> layers;  ///< Filesystem layers, the lowest first.
  /// The module itself, when the image is an artifact: one blob that is not a tar.
  std::optional<oci::Descriptor> module;
};

/// The entry of an index that runs here: the one for wasi/wasm, else one whose architecture is
/// Wasm, else the only one. Null when there is none.
[[nodiscard]] const oci::Descriptor* choose_manifest(const oci::Index& index);

/// Reads the manifest (or the entry of the index) and the configuration. An artifact gets
/// "/main.wasm" as its entry point when it says none. With a `platform` the image, or one of the
/// index, must be for it. `image` is its name for messages. Throws Error as reading does; not_found
/// when there is nothing for the platform, unsupported when an index has nothing for Wasm.
[[nodiscard]] ImageSource load_image(oci::BlobReader& blobs, const oci::Descriptor& root,
                                     const std::optional<oci::Platform>& platform,
                                     std::string_view image);

}  // namespace modulah::runner
