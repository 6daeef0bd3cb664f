// A descriptor: what a blob is (media type), which one (digest) and how long.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "modulah/oci/digest.h"
#include "modulah/oci/platform.h"

namespace modulah::oci {

/// Sorted by key, so that equal annotations are equal bytes.
using Annotations = std::map<std::string, std::string>;

/// https://github.com/opencontainers/image-spec/blob/v1.1.0/descriptor.md
struct Descriptor {
  std::string media_type;
  Digest digest;
  std::uint64_t size = 0;  ///< In bytes, as stored (that is, compressed).
  Annotations annotations = {};
  std::optional<Platform> platform = {};
  std::string artifact_type = {};  ///< Empty: none.

  friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

}  // namespace modulah::oci
