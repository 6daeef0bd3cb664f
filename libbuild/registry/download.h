// A blob that arrives, and goes on where it was when the connection breaks.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "modulah/base/io.h"
#include "modulah/oci/descriptor.h"

#include "client.h"

namespace modulah::registry {

/// Not yet checked: put a VerifyingSource around it. `client` must outlive it.
class Download : public Source {
 public:
  /// Gives an answer with the blob from byte `offset` on (status 206), or with all of it (200).
  using Begin = std::function<HttpResponse(std::uint64_t offset)>;

  /// Of `size` bytes. Returns when the answer's headers are there; throws what `begin` throws.
  Download(Client& client, std::uint64_t size, Begin begin);
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  /// Asks for what is left, unless the answer is there.
  void connect();
  /// Drops what the answer has before the byte that is wanted.
  void skip(std::uint64_t count);
  /// Waits before the next try; false when there is none.
  [[nodiscard]] bool recover(const Error& error);

  Client& client_;
  const std::uint64_t size_;
  Begin begin_;
  std::optional<HttpResponse> response_;
  std::uint64_t offset_ = 0;     ///< Of the next byte.
  std::uint64_t failed_at_ = 0;  ///< The offset of the last failure.
  unsigned failures_ = 0;        ///< In a row, with little progress between them.
  bool has_ranges_ = true;       ///< False once a range was not what had been asked for.
};

/// The offset of the first byte that a Content-Range names ("bytes 5-9/10"); `wanted` when there is
/// none, and nothing when it is malformed.
[[nodiscard]] std::optional<std::uint64_t> range_begin(const HttpResponse& response,
                                                       std::uint64_t wanted);

}  // namespace modulah::registry
