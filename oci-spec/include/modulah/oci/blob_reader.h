// Reading blobs by descriptor, and checking them while they are read.
#pragma once

#include <memory>
#include <string>

#include "modulah/base/io.h"
#include "modulah/oci/descriptor.h"

namespace modulah::oci {

/// Something that blobs can be read from. Safe to use from several threads at once.
class BlobReader {
 public:
  virtual ~BlobReader() = default;
  /// True when the blob is there; costs one stat or one HEAD request.
  [[nodiscard]] virtual bool has(const Descriptor& blob) = 0;
  /// Opens a blob; its bytes are checked against size and digest while they are read, and the last
  /// read throws Error corrupt when they differ. Throws Error not_found, denied, unavailable.
  [[nodiscard]] virtual std::unique_ptr<Source> open(const Descriptor& blob) = 0;
};

/// A Source that passes on `inner` and throws Error corrupt before the end is reported when
/// the bytes do not have the descriptor's size and digest, and as soon as there are too many.
class VerifyingSource : public Source {
 public:
  VerifyingSource(std::unique_ptr<Source> inner, const Descriptor& expected);
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  std::unique_ptr<Source> inner_;
  Digest digest_;
  std::uint64_t size_;
  Sha256Sink hash_;
  bool is_done_ = false;
};

/// Reads a whole small blob (a manifest, a configuration). Throws Error invalid when its
/// descriptor says that it is larger than `max_bytes`, corrupt when it is not what it says.
[[nodiscard]] std::string read_blob(BlobReader& from, const Descriptor& blob,
                                    std::uint64_t max_bytes);

}  // namespace modulah::oci
