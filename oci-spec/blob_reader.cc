// Blobs are checked while they are read.
//
// Whoever reads a blob to its end has had all of its bytes checked: the end is not
// reported before size and digest are what the descriptor says.
#include "modulah/oci/blob_reader.h"

#include <fmt/format.h>

#include "modulah/base/error.h"

namespace modulah::oci {

VerifyingSource::VerifyingSource(std::unique_ptr<Source> inner, const Descriptor& expected)
    : inner_(std::move(inner)), digest_(expected.digest), size_(expected.size) {}

std::size_t VerifyingSource::read(std::span<std::byte> buffer) {
  if (buffer.empty() || is_done_) return 0;
  const std::size_t count = inner_->read(buffer);
  if (count != 0) {
    hash_.write(buffer.first(count));
    if (hash_.count() > size_)
      throw Error(ErrorKind::corrupt,
                  fmt::format("blob {} has more than the {} bytes its descriptor says",
                              digest_.text(), size_));
    return count;
  }
  is_done_ = true;
  if (hash_.count() != size_)
    throw Error(ErrorKind::corrupt,
                fmt::format("blob {} has {} bytes, not the {} its descriptor says", digest_.text(),
                            hash_.count(), size_));
  const Digest found = Digest::from(hash_.finish());
  if (found != digest_)
    throw Error(ErrorKind::corrupt, fmt::format("blob {} has other bytes: their digest is {}",
                                                digest_.text(), found.text()));
  return 0;
}

std::string read_blob(BlobReader& from, const Descriptor& blob, std::uint64_t max_bytes) {
  if (blob.size > max_bytes)
    throw Error(ErrorKind::invalid, fmt::format("blob {} has {} bytes, more than the {} allowed",
                                                blob.digest.text(), blob.size, max_bytes));
  VerifyingSource verified(from.open(blob), blob);
  return read_all(verified, max_bytes, fmt::format("blob {}", blob.digest.text()));
}

}  // namespace modulah::oci
