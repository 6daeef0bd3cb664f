// An image index: several manifests, one for each platform; also the list of a layout's images.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/oci/descriptor.h"
#include "modulah/oci/manifest.h"

namespace modulah::oci {

/// https://github.com/opencontainers/image-spec/blob/v1.1.0/image-index.md; a Docker manifest
/// list reads into the same fields.
struct Index {
  std::string media_type;  ///< Empty when the document does not say.
  std::string artifact_type;
  std::vector<Descriptor> manifests;
  std::optional<Descriptor> subject;
  Annotations annotations;
};

/// Throws Error invalid with the JSON path of what is wrong. A layout's list of images may be
/// larger than a document in a blob.
[[nodiscard]] Index parse_index(std::string_view json, std::string_view what,
                                std::uint64_t max_bytes = kMaxDocumentBytes);
[[nodiscard]] std::string to_json(const Index& index);

/// The entry for `wanted`, or nothing. An exact match of os, architecture and variant wins, then
/// one without a variant; entries of platform unknown/unknown are never taken.
[[nodiscard]] const Descriptor* find_platform(const Index& index, const Platform& wanted);

}  // namespace modulah::oci
