// The small Sources and Sinks that everything else is put together from.
#include "modulah/base/io.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>

#include "modulah/base/error.h"

namespace modulah {

namespace {
constexpr std::size_t kCopyBytes = 256 * 1024;
}  // namespace

std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::size_t SpanSource::read(std::span<std::byte> buffer) {
  const std::size_t count = std::min(buffer.size(), rest_.size());
  if (count != 0) std::memcpy(buffer.data(), rest_.data(), count);
  rest_ = rest_.subspan(count);
  return count;
}

void VectorSink::write(std::span<const std::byte> more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

void StringSink::write(std::span<const std::byte> more) { text.append(as_text(more)); }

void TeeSink::write(std::span<const std::byte> bytes) {
  for (Sink* sink : sinks_) sink->write(bytes);
}

std::size_t ObservedSource::read(std::span<std::byte> buffer) {
  const std::size_t count = inner_.read(buffer);
  observe_(count);
  return count;
}

std::uint64_t copy(Source& from, Sink& to) {
  std::vector<std::byte> buffer(kCopyBytes);
  std::uint64_t total = 0;
  while (const std::size_t count = from.read(buffer)) {
    to.write(std::span(buffer).first(count));
    total += count;
  }
  return total;
}

std::string read_all(Source& from, std::uint64_t max_bytes, std::string_view what) {
  std::string text;
  // Most of what is read whole is small; a larger buffer would cost more than the reading.
  std::array<std::byte, 16 * 1024> buffer;
  while (const std::size_t count = from.read(buffer)) {
    if (text.size() + count > max_bytes)
      throw Error(ErrorKind::invalid,
                  fmt::format("{} is larger than the {} bytes allowed", what, max_bytes));
    text.append(as_text(std::span(buffer).first(count)));
  }
  return text;
}

}  // namespace modulah
