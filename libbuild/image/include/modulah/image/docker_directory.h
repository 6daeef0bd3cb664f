// "dir:" — one image in a directory, as skopeo and `podman save --format docker-dir` write it.
//
//   version                  "Directory Transport Version: 1.1"
//   manifest.json            the manifest or index
//   <hex>.manifest.json      a manifest of an index
//   <hex>                    every other blob under its digest
#pragma once

#include <filesystem>
#include <string>

#include "modulah/image/image_store.h"

namespace modulah::image {

/// One image in a directory, which has no name. Safe to use from several threads at once.
class DockerDirectory : public ImageStore {
 public:
  enum class Access { read, write };

  /// Throws Error: invalid when `path` is a directory with other things in it, or, for reading, one
  /// without an image.
  DockerDirectory(std::filesystem::path path, Access access);

  [[nodiscard]] bool has(const oci::Descriptor& blob) override;
  [[nodiscard]] std::unique_ptr<Source> open(const oci::Descriptor& blob) override;
  void put(const oci::Descriptor& blob, Source& content) override;
  /// The image, whatever the name. Throws Error invalid when its manifest is malformed.
  [[nodiscard]] std::optional<oci::Descriptor> resolve(std::string_view name) override;
  /// Makes `manifest`, which was put, the directory's image; it has no names.
  void tag(std::string_view name, const oci::Descriptor& manifest) override;

 private:
  [[nodiscard]] std::filesystem::path path_of(const oci::Descriptor& blob) const;

  const std::filesystem::path path_;
};

}  // namespace modulah::image
