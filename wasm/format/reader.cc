// Numbers, names and windows.
#include "reader.h"

#include <fmt/format.h>

#include "modulah/base/error.h"

namespace modulah::wasm {
namespace {

/// How many bytes the UTF-8 sequence at the start of `text` has, or 0 when it is malformed.
/// https://www.unicode.org/versions/Unicode15.0.0/ch03.pdf, table 3-7
std::size_t sequence_length(std::span<const std::byte> text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned>(text[i]); };
  const auto is_tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return i < text.size() && at(i) >= low && at(i) <= high;
  };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return is_tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return is_tail(1, low, high) && is_tail(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return is_tail(1, low, high) && is_tail(2) && is_tail(3) ? 4 : 0;
  }
  return 0;
}

bool is_utf8(std::span<const std::byte> text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text = text.subspan(length);
  }
  return true;
}

}  // namespace

void Reader::fail(std::uint64_t offset, std::string_view message) const {
  throw Error(ErrorKind::invalid, fmt::format("{}: byte {:#x}: {}", name_, offset, message));
}

void Reader::fail_at_end() const {
  fail(base_ + static_cast<std::uint64_t>(end_ - begin_), "unexpected end");
}

std::uint64_t Reader::unsigned_leb(unsigned bits) {
  const std::uint64_t start = offset();
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const std::uint8_t byte = u8();
    const std::uint64_t part = byte & 0x7FU;
    const unsigned room = bits - shift;  // Bits that this byte may still set.
    if (room < 7 && (part >> room) != 0)
      fail(start, fmt::format("number does not fit in {} bits", bits));
    value |= part << shift;
    if (byte < 0x80) return value;
    if (room <= 7) fail(start, fmt::format("number of {} bits is encoded in too many bytes", bits));
  }
}

std::int64_t Reader::signed_leb(unsigned bits) {
  const std::uint64_t start = offset();
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const std::uint8_t byte = u8();
    const unsigned room = bits - shift;
    if (room < 7) {
      // What is beyond the number must repeat its sign.
      const unsigned sign_and_above = (byte & 0x7FU) >> (room - 1);
      const unsigned all_ones = 0x7FU >> (room - 1);
      if (sign_and_above != 0 && sign_and_above != all_ones)
        fail(start, fmt::format("number does not fit in {} bits", bits));
    }
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if (byte < 0x80) {
      const unsigned used = shift + 7;
      if (used < 64 && (byte & 0x40U) != 0) value |= ~std::uint64_t{0} << used;
      return static_cast<std::int64_t>(value);
    }
    if (room <= 7) fail(start, fmt::format("number of {} bits is encoded in too many bytes", bits));
  }
}

Reader Reader::window(std::uint64_t count, std::string_view what) {
  if (count > left())
    fail(offset(), fmt::format("{} of {} bytes, but only {} remain", what, count, left()));
  Reader inner({at_, static_cast<std::size_t>(count)}, offset(), name_);
  at_ += count;
  return inner;
}

std::string_view Reader::name() {
  constexpr std::uint32_t kMaxNameBytes = 100'000;  // As engines have it.
  const std::uint64_t start = offset();
  const std::uint32_t size = u32();
  if (size > left()) fail(start, fmt::format("name of {} bytes, but only {} remain", size, left()));
  if (size > kMaxNameBytes)
    fail(start, fmt::format("name of {} bytes, more than {}", size, kMaxNameBytes));
  const std::span<const std::byte> text(at_, size);
  if (!is_utf8(text)) fail(start, "name is not UTF-8");
  at_ += size;
  return {reinterpret_cast<const char*>(text.data()), size};
}

std::uint32_t Reader::count(std::string_view what, std::uint32_t limit) {
  const std::uint64_t start = offset();
  const std::uint32_t number = u32();
  if (number > limit) fail(start, fmt::format("{} {}, more than {}", number, what, limit));
  if (number > left())
    fail(start, fmt::format("{} {} in the remaining {} bytes", number, what, left()));
  return number;
}

void Reader::require_end(std::string_view what) const {
  if (!at_end()) fail(offset(), fmt::format("{} has extra bytes at its end: {}", what, left()));
}

}  // namespace modulah::wasm
