// Image references: registry, repository, tag and digest, as people type them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "modulah/oci/digest.h"

namespace modulah::oci {

/// A complete reference: "registry/repository[:tag][@digest]".
///
/// A name without a registry is completed as docker and podman do: by `Defaults`. The grammar is
/// https://github.com/distribution/reference (domain, path components, tag, digest).
struct Reference {
  std::string registry;    ///< host[:port], e.g. "127.0.0.1:5000", "docker.io", "localhost".
  std::string repository;  ///< e.g. "demo/app".
  std::string
      tag;  ///< Empty when there is a digest and no tag was given; else "latest" by default.
  std::optional<Digest> digest;

  /// What is used in place of a registry that was not given.
  enum class Defaults {
    local,   ///< "localhost": for names the user gives to what is built (as buildah does).
    docker,  ///< "docker.io" and "library/": for names of what is pulled or pushed.
  };

  /// Throws Error invalid, naming the text and the part that is wrong (upper case in the
  /// repository, too long, empty component, malformed tag or digest, 64 hexadecimal digits).
  [[nodiscard]] static Reference parse(std::string_view text, Defaults defaults);

  /// "registry/repository", as a scope or a credential key.
  [[nodiscard]] std::string name() const { return registry + "/" + repository; }
  /// The whole reference, canonical.
  [[nodiscard]] std::string text() const;

  friend bool operator==(const Reference&, const Reference&) = default;
};

}  // namespace modulah::oci
