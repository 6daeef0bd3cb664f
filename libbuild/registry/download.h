// Downloads a blob, and resumes when the connection is interrupted.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "modulah/base/io.h"
#include "modulah/oci/descriptor.h"

#include "client.h"

namespace modulah::registry {

/// The bytes are not verified: wrap it in a VerifyingSource. `client` must outlive it.
class Download : public Source {
 public:
  /// Requests the blob from byte `offset` on; the answer has that (status 206) or all of it (200).
  using Begin = std::function<HttpResponse(std::uint64_t offset)>;

  /// For a blob of `size` bytes. Returns when the answer's headers have arrived; throws what
  /// `begin` throws.
  Download(Client& client, std::uint64_t size, Begin begin);
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  /// Requests the rest, unless there is an answer to read from.
  void connect();
  /// Skips bytes that have been read already.
  void skip(std::uint64_t count);
  /// Waits before the next attempt; false when there is none.
  [[nodiscard]] bool recover(const Error& error);

  Client& client_;
  const std::uint64_t size_;
  Begin begin_;
  std::optional<HttpResponse> response_;
  std::uint64_t offset_ = 0;     ///< Of the next byte.
  std::uint64_t failed_at_ = 0;  ///< The offset of the last failure.
  unsigned failures_ = 0;        ///< In a row, with little progress in between.
  bool has_ranges_ = true;       ///< False after an answer with a wrong range.
};

/// The first offset of a Content-Range ("bytes 5-9/10"); `wanted` when there is no such header, and
/// nothing when it is malformed.
[[nodiscard]] std::optional<std::uint64_t> range_begin(const HttpResponse& response,
                                                       std::uint64_t wanted);

}  // namespace modulah::registry
