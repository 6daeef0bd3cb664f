// A blob that arrives, and goes on where it was when the connection breaks.
#pragma once

#include <functional>
#include <memory>

#include "modulah/base/io.h"
#include "modulah/oci/descriptor.h"

#include "client.h"

namespace modulah::registry {

/// Not yet checked: put a VerifyingSource around it. `client` must outlive it.
class Download : public Source {
 public:
  /// Gives an answer with the blob from byte `offset` on; its status is 200 or 206.
  using Begin = std::function<HttpResponse(std::uint64_t offset)>;

  Download(Client& client, Begin begin);
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  void begin_again();

  Client& client_;
  Begin begin_;
  HttpResponse response_;
  std::uint64_t offset_ = 0;     ///< Of the next byte.
  std::uint64_t failed_at_ = 0;  ///< The offset of the last break.
  unsigned failures_ = 0;        ///< In a row, without a byte between them.
};

}  // namespace modulah::registry
