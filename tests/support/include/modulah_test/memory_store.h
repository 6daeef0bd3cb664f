// An ImageStore in memory that records how often it was asked for what.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

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

  /// Stores `content` and returns its descriptor; not counted.
  oci::Descriptor add(std::string_view media_type, std::string content);
  /// Changes the bytes of a blob behind its digest.
  void corrupt(const oci::Digest& digest, std::string content);

  int has_count = 0;
  int open_count = 0;
  std::vector<std::string> puts;  ///< The digests put, in order.

 private:
  std::mutex mutex_;
  std::map<oci::Digest, std::string> blobs_;
  std::map<std::string, oci::Descriptor, std::less<>> names_;
};

}  // namespace modulah::test
