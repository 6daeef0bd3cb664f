// "docker-archive:" — images in one tar as `docker save` and `podman save` write them.
//
//   manifest.json            which configuration, names and layers belong together
//   <hex>.json               a configuration under its digest
//   <hex>.tar                a layer, a plain tar, under its diff id
//
// There is no manifest as registries have it. Reading makes one, of the layers as they are in the
// archive; writing leaves it out, and its annotations with it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/image/copy.h"
#include "modulah/image/image_store.h"
#include "modulah/image/placed_image.h"

namespace modulah::image {

/// What a tar with images is.
enum class ArchiveKind { oci, docker };
/// An OCI layout, also one that has a manifest.json beside it, or a docker-archive. Throws Error
/// invalid when it is neither, and as reading it does.
[[nodiscard]] ArchiveKind kind_of_archive(const std::filesystem::path& path);

/// Reads an untrusted archive. What manifest.json names has to be a file of the archive: links are
/// refused. Safe to use from several threads at once.
class DockerArchiveReader : public ImageStore {
 public:
  /// Throws Error: not_found, denied, io; corrupt for what is not a tar; invalid when manifest.json
  /// is missing or malformed, or names what is not there; unsupported for a compressed archive.
  explicit DockerArchiveReader(std::filesystem::path path);
  ~DockerArchiveReader() override;

  [[nodiscard]] bool has(const oci::Descriptor& blob) override;
  [[nodiscard]] std::unique_ptr<Source> open(const oci::Descriptor& blob) override;
  /// Throws Error unsupported.
  void put(const oci::Descriptor& blob, Source& content) override;
  /// A name is completed as docker does; an empty one is the only image of the archive. Throws
  /// Error invalid when there are several.
  [[nodiscard]] std::optional<oci::Descriptor> resolve(std::string_view name) override;
  /// Throws Error unsupported.
  void tag(std::string_view name, const oci::Descriptor& manifest) override;

  /// In the archive's order.
  [[nodiscard]] const std::vector<PlacedImage>& images() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Writes an archive. The file appears under its name, whole, on `commit`; or never. The same
/// images give the same bytes. Not safe for use from two threads at once.
class DockerArchiveWriter {
 public:
  /// `path` is where the archive is to be; its directory must be there. Throws Error.
  explicit DockerArchiveWriter(std::filesystem::path path);
  ~DockerArchiveWriter();

  /// Adds the image of `manifest`, which is not an index; layers are written uncompressed, each
  /// once. `names` are complete references. Throws Error unsupported for what is not an image of
  /// layers, and what reading throws.
  CopyResult add(ImageStore& from, const oci::Descriptor& manifest,
                 const std::vector<std::string>& names, const CopyOptions& options = {});

  /// Writes manifest.json and puts the file in its place. Call once, last. Throws Error.
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace modulah::image
