// Reads a blob over as many connections as necessary.
//
// Each failure uses up one of the attempts that the user allows, and is followed by a wait that
// grows; only a connection that made progress restores the attempts. So a server that sends one
// byte and closes the connection is asked four times, not forever.
#include "download.h"

#include <algorithm>
#include <array>

#include "modulah/base/ascii.h"

namespace modulah::registry {

namespace {

/// How many bytes between two failures count as progress.
constexpr std::uint64_t kProgressBytes = 1 << 20;

}  // namespace

std::optional<std::uint64_t> range_begin(const HttpResponse& response, std::uint64_t wanted) {
  const auto header = response.header("Content-Range");
  if (!header) return wanted;
  std::string_view text = *header;
  constexpr std::string_view kUnit = "bytes ";
  if (!text.starts_with(kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  return parse_number<std::uint64_t>(text.substr(0, dash));
}

Download::Download(Client& client, std::uint64_t size, Begin begin)
    : client_(client), size_(size), begin_(std::move(begin)) {
  while (!response_) {
    try {
      connect();
    } catch (const Error& error) {
      if (!recover(error)) throw;
    }
  }
}

std::size_t Download::read(std::span<std::byte> buffer) {
  if (buffer.empty()) return 0;
  for (;;) {
    try {
      connect();
      const std::size_t count = response_->body->read(buffer);
      offset_ += count;
      return count;
    } catch (const Error& error) {
      // The blob is complete: how the connection ended does not matter.
      if (offset_ == size_ && dynamic_cast<const TransportError*>(&error) != nullptr) return 0;
      if (!recover(error)) throw;
    }
  }
}

void Download::connect() {
  if (response_) return;
  response_ = begin_(has_ranges_ ? offset_ : 0);
  if (offset_ == 0 || response_->status != 206) return skip(offset_);
  const auto begin = range_begin(*response_, offset_);
  if (begin && *begin <= offset_) return skip(offset_ - *begin);
  has_ranges_ = false;
  response_ = begin_(0);
  skip(offset_);
}

void Download::skip(std::uint64_t count) {
  std::array<std::byte, 16 * 1024> skipped{};
  while (count != 0) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(count, skipped.size()));
    const std::size_t read = response_->body->read(std::span(skipped).first(wanted));
    if (read == 0) return;  // The check of the size reports it.
    count -= read;
  }
}

bool Download::recover(const Error& error) {
  response_.reset();
  if (offset_ - failed_at_ >= kProgressBytes) failures_ = 0;
  failed_at_ = offset_;
  return client_.wait_for_retry(error, failures_++);
}

}  // namespace modulah::registry
