// What an OCI image layout on disk and one in a tar have in common: the marker file and how
// names are looked up in the index.
// https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/oci/descriptor.h"

namespace modulah::image {

inline constexpr std::string_view kLayoutMarkerName = "oci-layout";
inline constexpr std::string_view kLayoutMarker = R"({"imageLayoutVersion":"1.0.0"})";
inline constexpr std::string_view kIndexName = "index.json";
/// The annotation of an index's entry that names the image: by a tag, or by a whole name, as podman
/// writes it.
inline constexpr std::string_view kRefName = "org.opencontainers.image.ref.name";
/// The same by its whole name, as containerd, BuildKit and docker write it.
inline constexpr std::string_view kFullName = "io.containerd.image.name";

/// "blobs/sha256/<hex>".
[[nodiscard]] std::string blob_path(const oci::Digest& digest);

/// Checks the text of a marker file; `what` names it in messages. Throws Error: invalid when it is
/// malformed, unsupported for another version than 1.x.
void check_layout_marker(std::string_view text, std::string_view what);

/// The name of an entry of the index, or empty.
[[nodiscard]] std::string_view ref_name(const oci::Descriptor& entry);
/// The complete name that an entry says, or empty: io.containerd.image.name, or else a ref.name
/// that is more than a tag. One that is malformed counts as none.
[[nodiscard]] std::string full_name(const oci::Descriptor& entry);
/// An entry of a layout outside of the store for an image that is called `name` there (or empty)
/// and `full_name` elsewhere (or empty).
[[nodiscard]] oci::Descriptor named_entry(oci::Descriptor manifest, std::string_view full_name);
/// An entry without the annotations that name it.
[[nodiscard]] oci::Descriptor without_names(oci::Descriptor entry);

/// The entry that `name` stands for, without its names: by its ref.name as it is, by its complete
/// name, by its digest ("sha256:…"), or for an empty name the only one there is. Nothing when none
/// fits. Throws Error invalid when several different ones do; `what` names the layout in that
/// message.
[[nodiscard]] std::optional<oci::Descriptor> find_entry(const std::vector<oci::Descriptor>& entries,
                                                        std::string_view name,
                                                        std::string_view what);

}  // namespace modulah::image
