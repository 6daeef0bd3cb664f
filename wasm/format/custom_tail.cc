#include "modulah/wasm/custom_tail.h"

#include <array>
#include <optional>
#include <utility>

#include "modulah/base/error.h"
#include "modulah/base/io.h"
#include "modulah/wasm/binary.h"

#include "reader.h"

namespace modulah::wasm {
namespace {

constexpr std::size_t kPreambleBytes = 8;
constexpr std::size_t kHeaderBytes = 256;
constexpr std::size_t kMaxSections = 1'000;
constexpr std::uint8_t kCustom = 0;

struct Header {
  std::uint64_t end;  ///< Of the section.
  std::optional<TailSection> custom;
};

/// What `bytes`, the first of the section at `offset`, say. Throws Error invalid.
Header read_header(std::span<const std::byte> bytes, std::uint64_t offset) {
  Reader reader(bytes, offset, "");
  const std::uint8_t id = reader.u8();
  const std::uint32_t content = reader.u32();
  Header header{reader.offset() + content, std::nullopt};
  if (id != kCustom) return header;
  TailSection tail;
  tail.section.name = reader.name();
  tail.section.offset = offset;
  tail.section.size = header.end - offset;
  if (reader.offset() > header.end) reader.fail(offset, "name is longer than its section");
  tail.header = as_text(bytes.first(static_cast<std::size_t>(reader.offset() - offset)));
  header.custom = std::move(tail);
  return header;
}

/// As `find_custom_tail`; throws Error invalid where that finds none.
CustomTail read_headers(const ReadAt& read_at, std::uint64_t size) {
  std::array<std::byte, kHeaderBytes> buffer{};
  const auto preamble = std::span(buffer).first(kPreambleBytes);
  CustomTail tail{size, {}};
  if (read_at(0, preamble) != kPreambleBytes || kind_of_binary(preamble, "") != BinaryKind::module)
    return tail;
  for (std::uint64_t offset = kPreambleBytes; offset < size;) {
    const std::size_t count = read_at(offset, buffer);
    Header header = read_header(std::span(buffer).first(count), offset);
    if (header.end > size || tail.sections.size() == kMaxSections) return {size, {}};
    if (!header.custom) {
      tail.sections.clear();
    } else {
      if (tail.sections.empty()) tail.offset = offset;
      tail.sections.push_back(std::move(*header.custom));
    }
    offset = header.end;
  }
  if (tail.sections.empty()) tail.offset = size;
  return tail;
}

}  // namespace

CustomTail find_custom_tail(const ReadAt& read_at, std::uint64_t size) {
  try {
    return read_headers(read_at, size);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::invalid) throw;
    return {size, {}};
  }
}

}  // namespace modulah::wasm
