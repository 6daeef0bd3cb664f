// "oci-archive:" — an OCI layout in one tar, as a place to write images to and to read them from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/image/image_store.h"

namespace modulah::image {

/// Writes an archive. Blobs go into the tar as they come, in one pass and without a copy
/// elsewhere; so the store is sequential, and copying the same image gives the same bytes. The
/// file appears under its name, whole, on `commit`; or never. Safe to use from several threads.
class ArchiveWriter : public ImageStore {
 public:
  /// `path` is where the archive is to be; its directory must be there. Throws Error.
  explicit ArchiveWriter(std::filesystem::path path);
  ~ArchiveWriter() override;

  [[nodiscard]] bool has(const oci::Descriptor& blob) override;
  /// Throws Error unsupported: what was written can be read once the archive is complete.
  [[nodiscard]] std::unique_ptr<Source> open(const oci::Descriptor& blob) override;
  void put(const oci::Descriptor& blob, Source& content) override;
  [[nodiscard]] std::optional<oci::Descriptor> resolve(std::string_view name) override;
  /// An empty name lists the image without a name.
  void tag(std::string_view name, const oci::Descriptor& manifest) override;
  [[nodiscard]] bool is_sequential() const override { return true; }

  /// Writes the index and puts the file in its place. Call once, last. Throws Error.
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads an untrusted archive. The tar is looked through once; blobs are read from
/// where they are in it. Safe to use from several threads at once.
class ArchiveReader : public ImageStore {
 public:
  /// Throws Error: not_found, denied, io; corrupt for what is not a tar; invalid for a tar without
  /// an OCI layout in it; unsupported for a compressed one.
  explicit ArchiveReader(std::filesystem::path path);
  ~ArchiveReader() override;

  [[nodiscard]] bool has(const oci::Descriptor& blob) override;
  [[nodiscard]] std::unique_ptr<Source> open(const oci::Descriptor& blob) override;
  /// Throws Error unsupported: an archive that is complete takes nothing more.
  void put(const oci::Descriptor& blob, Source& content) override;
  /// An empty name is the only image of the archive. Throws Error invalid when there are several.
  [[nodiscard]] std::optional<oci::Descriptor> resolve(std::string_view name) override;
  /// Throws Error unsupported.
  void tag(std::string_view name, const oci::Descriptor& manifest) override;
  /// The entries of the index as they are, with the annotations that name them.
  [[nodiscard]] const std::vector<oci::Descriptor>& entries() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace modulah::image
