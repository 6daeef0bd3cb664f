// An ImageStore in memory that records how often it was asked for what.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "modulah/image/blob_writer.h"
#include "modulah/image/image_store.h"

namespace modulah::test {

/// Keeps blobs by digest and refuses content that is not what its descriptor says.
/// Safe to use from several threads at once.
class MemoryStore : public image::ImageStore {
 public:
  bool has(const oci::Descriptor& blob) override;
  std::unique_ptr<Source> open(const oci::Descriptor& blob) override;
  void put(const oci::Descriptor& blob, Source& content) override;
  std::optional<oci::Descriptor> resolve(std::string_view name) override;
  void tag(std::string_view name, const oci::Descriptor& manifest) override;

  [[nodiscard]] bool is_sequential() const override { return wants_sequence; }

  /// A blob whose digest comes out of the writing; counted in `puts` when committed.
  std::unique_ptr<image::BlobWriter> begin_blob();
  /// The bytes of a blob. Throws std::out_of_range when it is not there.
  std::string text_of(const oci::Digest& digest);
  /// Forgets a blob.
  void remove(const oci::Digest& digest);
  /// Stores `content` and returns its descriptor; not counted.
  oci::Descriptor add(std::string_view media_type, std::string content);
  /// Changes the bytes of a blob behind its digest.
  void corrupt(const oci::Digest& digest, std::string content);

  int has_count = 0;
  int open_count = 0;
  int tag_count = 0;
  bool wants_sequence = false;    ///< What is_sequential() says.
  std::vector<std::string> puts;  ///< The digests put, in order.

 private:
  std::mutex mutex_;
  std::map<oci::Digest, std::string> blobs_;
  std::map<std::string, oci::Descriptor, std::less<>> names_;
};

}  // namespace modulah::test
