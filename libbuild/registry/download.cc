// Reads a blob over as many connections as it takes.
#include "download.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace modulah::registry {

Download::Download(Client& client, Begin begin) : client_(client), begin_(std::move(begin)) {
  client_.retried([this] { response_ = begin_(0); });
}

std::size_t Download::read(std::span<std::byte> buffer) {
  for (;;) {
    try {
      const std::size_t count = response_.body->read(buffer);
      offset_ += count;
      return count;
    } catch (const TransportError& error) {
      failures_ = offset_ == failed_at_ ? failures_ + 1 : 1;
      failed_at_ = offset_;
      if (failures_ > client_.retries()) throw;
      client_.reporter().info(fmt::format("{}; going on at byte {}", error.message(), offset_));
    }
    client_.retried([this] { begin_again(); });
  }
}

void Download::begin_again() {
  response_ = begin_(offset_);
  if (response_.status == 206) return;
  // The other side does not know ranges, and sends all: what we have is skipped.
  std::array<std::byte, 16 * 1024> skipped{};
  for (std::uint64_t left = offset_; left != 0;) {
    const std::size_t wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(left, skipped.size()));
    const std::size_t count = response_.body->read(std::span(skipped).first(wanted));
    if (count == 0) return;  // The check of the size says what is wrong.
    left -= count;
  }
}

}  // namespace modulah::registry
