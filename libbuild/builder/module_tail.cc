#include "module_tail.h"

#include <algorithm>

#include <fmt/format.h>

#include "modulah/base/error.h"

namespace modulah::builder {

namespace {
/// Below this, reading it with all else is quicker.
constexpr std::uint64_t kLarge = std::uint64_t{512} * 1024;
}  // namespace

wasm::CustomTail find_large_tail(const FileSource& file, std::uint64_t size) {
  if (size < kLarge) return {size, {}};
  wasm::CustomTail tail = wasm::find_custom_tail(
      [&](std::uint64_t offset, std::span<std::byte> buffer) {
        return file.read_at(offset, buffer);
      },
      size);
  if (size - tail.offset < kLarge) return {size, {}};
  return tail;
}

void throw_changed(std::string_view name) {
  throw Error(ErrorKind::invalid, fmt::format("{} was changed while the build was running", name),
              "Build again when nothing writes to it any more.");
}

std::size_t TailSource::read(std::span<std::byte> buffer) {
  const std::size_t count = file_.read(buffer);
  check(as_text(buffer.first(count)));
  offset_ += count;
  return count;
}

void TailSource::check(std::string_view bytes) {
  const std::uint64_t end = offset_ + bytes.size();
  for (; next_ < tail_.sections.size(); ++next_) {
    const auto& [section, header] = tail_.sections[next_];
    const std::uint64_t header_end = section.offset + header.size();
    // The part of the header that is among `bytes`, which may begin or end in the middle of it.
    const std::uint64_t from = std::max(section.offset, offset_);
    const std::uint64_t to = std::min(header_end, end);
    if (from < to && bytes.substr(from - offset_, to - from) !=
                         std::string_view(header).substr(from - section.offset, to - from))
      throw_changed(name_);
    if (header_end > end) return;
  }
}

}  // namespace modulah::builder
