// An image manifest: the configuration and the layers of one image.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/oci/descriptor.h"

namespace modulah::oci {

/// How large a manifest, index or configuration from outside may be: 4 MiB, what the distribution
/// specification expects registries to take.
inline constexpr std::uint64_t kMaxDocumentBytes = 4 * 1024 * 1024;

/// https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md; a Docker v2 schema 2
/// manifest reads into the same fields.
struct Manifest {
  std::string media_type;
  std::string artifact_type;  ///< Empty: none.
  Descriptor config;
  std::vector<Descriptor> layers;
  std::optional<Descriptor> subject;
  Annotations annotations;
};

/// Reads a manifest. `what` names it in messages ("manifest sha256:…").
/// Throws Error: invalid with the JSON path ("layers[2].digest") of what is wrong,
/// unsupported for Docker schema 1.
[[nodiscard]] Manifest parse_manifest(std::string_view json, std::string_view what);

/// The bytes of a manifest: keys in the specification's order, no white space, absent
/// where empty. Annotations are left out of a Docker manifest, which has no place for them.
[[nodiscard]] std::string to_json(const Manifest& manifest);

}  // namespace modulah::oci
