// How a layer is compressed, by its media type.
#pragma once

#include <string_view>

#include "modulah/base/compress.h"

namespace modulah::oci {

/// The compression that a layer's media type says, of either family.
[[nodiscard]] constexpr Compression compression_of(std::string_view media_type) {
  if (media_type.ends_with("gzip")) return Compression::gzip;
  if (media_type.ends_with("zstd")) return Compression::zstd;
  return Compression::none;
}

}  // namespace modulah::oci
