// Tells which Wasmtime made a piece of serialized code.
//
// The C API has no function that says its version. An exported name may have it at its end (see
// wasmtime_api.cc), which not every build of the library has; but every piece of code it serializes
// carries the version, to be refused by any other. So a library is asked to compile the empty
// module, and the version is read out of the result: an ELF file with a section ".wasmtime.engine".
#include <cstring>
#include <optional>
#include <string_view>

#include "wasmtime_api.h"

namespace modulah::wasm::wasmtime {
namespace {

// Offsets in a 64-bit little-endian ELF header and section header.
constexpr std::size_t kHeaderBytes = 64;
constexpr std::size_t kSectionTable = 40;
constexpr std::size_t kSectionHeaderBytes = 64;
constexpr std::size_t kSectionCount = 60;
constexpr std::size_t kNamesIndex = 62;
constexpr std::size_t kSectionOffset = 24;
constexpr std::size_t kSectionSize = 32;
constexpr std::string_view kSectionName = ".wasmtime.engine";

/// A number at `offset`, which must be inside; both machines that Wasmtime's wheels are for are
/// little-endian, and so is the ELF file of either.
template <typename Number>
Number number_at(std::span<const std::byte> bytes, std::size_t offset) {
  Number value = 0;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// The bytes of section header number `index`, or nothing when they are not all there.
std::optional<std::span<const std::byte>> section_header(std::span<const std::byte> file,
                                                         std::uint64_t table, std::size_t index) {
  const std::uint64_t start = table + index * kSectionHeaderBytes;
  if (start > file.size() || file.size() - start < kSectionHeaderBytes) return std::nullopt;
  return file.subspan(start, kSectionHeaderBytes);
}

/// The content of a section, or nothing when it is not all there.
std::optional<std::span<const std::byte>> content_of(std::span<const std::byte> file,
                                                     std::span<const std::byte> header) {
  const auto offset = number_at<std::uint64_t>(header, kSectionOffset);
  const auto size = number_at<std::uint64_t>(header, kSectionSize);
  if (offset > file.size() || size > file.size() - offset) return std::nullopt;
  return file.subspan(offset, size);
}

/// The number that a text like "48" or "48.0.0" begins with; 0 when it begins with none.
unsigned leading_number(std::string_view text) {
  unsigned number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9' || number > 100'000) break;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  return number;
}

/// The section's content is the format's number (0), the version's length, the version's text.
unsigned version_in(std::span<const std::byte> section) {
  if (section.size() < 2 || section[0] != std::byte{0}) return 0;
  const auto length = static_cast<std::size_t>(section[1]);
  if (section.size() - 2 < length) return 0;
  return leading_number({reinterpret_cast<const char*>(section.data()) + 2, length});
}

}  // namespace

unsigned version_of_artifact(std::span<const std::byte> artifact) {
  if (artifact.size() < kHeaderBytes || std::memcmp(artifact.data(), "\177ELF\2\1", 6) != 0)
    return 0;
  const auto table = number_at<std::uint64_t>(artifact, kSectionTable);
  if (table > artifact.size()) return 0;
  const auto names_header =
      section_header(artifact, table, number_at<std::uint16_t>(artifact, kNamesIndex));
  if (!names_header) return 0;
  const auto names = content_of(artifact, *names_header);
  if (!names) return 0;
  const std::string_view text(reinterpret_cast<const char*>(names->data()), names->size());
  const auto count = number_at<std::uint16_t>(artifact, kSectionCount);
  for (std::size_t i = 0; i < count; ++i) {
    const auto header = section_header(artifact, table, i);
    if (!header) return 0;
    const auto name = number_at<std::uint32_t>(*header, 0);
    if (name >= text.size() || !text.substr(name).starts_with(kSectionName)) continue;
    const auto content = content_of(artifact, *header);
    return content ? version_in(*content) : 0;
  }
  return 0;
}

}  // namespace modulah::wasm::wasmtime
