// Names of places on disk that images are copied to and from: "oci:DIR[:REF]" and
// "oci-archive:FILE[:REF]", as podman, buildah and skopeo write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace modulah::image {

struct LayoutReference {
  enum class Kind { directory, archive };
  Kind kind = Kind::directory;
  std::string path;  ///< Never empty; has no ":" in it.
  std::string name;  ///< What stands after the second ":", or empty.

  friend bool operator==(const LayoutReference&, const LayoutReference&) = default;
};

/// Reads a place on disk; nothing when `text` begins with neither "oci:" nor "oci-archive:".
/// Throws Error invalid when the path is empty or the name is not one that the image-spec allows
/// for org.opencontainers.image.ref.name.
[[nodiscard]] std::optional<LayoutReference> parse_layout_reference(std::string_view text);

}  // namespace modulah::image
