// The alphabets of DEFLATE (RFC 1951, section 3.2.5): which symbol stands for which match length
// and distance. A symbol covers a range; "extra" bits behind it say where in the range.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace modulah::deflate {

inline constexpr unsigned kMinMatch = 3;
inline constexpr unsigned kMaxMatch = 258;
inline constexpr unsigned kMaxDistance = 32 * 1024;

inline constexpr unsigned kLiterals = 256;
inline constexpr unsigned kEndOfBlock = 256;
inline constexpr unsigned kFirstLength = 257;  ///< The symbol of length 3.
inline constexpr unsigned kLengthSlots = 29;
inline constexpr unsigned kLitLenSymbols = kFirstLength + kLengthSlots;
inline constexpr unsigned kDistanceSymbols = 30;

/// A range of values that one symbol stands for.
struct Range {
  std::uint16_t first = 0;
  std::uint8_t extra_bits = 0;
};

/// By symbol less 257. Every 4 symbols the ranges double; the last one is 258 alone.
inline constexpr auto kLengthRanges = [] {
  std::array<Range, kLengthSlots> ranges{};
  unsigned first = kMinMatch;
  for (unsigned slot = 0; slot + 1 < kLengthSlots; ++slot) {
    const unsigned extra = slot < 8 ? 0 : slot / 4 - 1;
    ranges[slot] = {static_cast<std::uint16_t>(first), static_cast<std::uint8_t>(extra)};
    first += 1U << extra;
  }
  ranges[kLengthSlots - 1] = {kMaxMatch, 0};
  return ranges;
}();

/// By symbol. Every 2 symbols the ranges double.
inline constexpr auto kDistanceRanges = [] {
  std::array<Range, kDistanceSymbols> ranges{};
  unsigned first = 1;
  for (unsigned symbol = 0; symbol < kDistanceSymbols; ++symbol) {
    const unsigned extra = symbol < 4 ? 0 : symbol / 2 - 1;
    ranges[symbol] = {static_cast<std::uint16_t>(first), static_cast<std::uint8_t>(extra)};
    first += 1U << extra;
  }
  return ranges;
}();

/// The slot (symbol less 257) of each length.
inline constexpr auto kLengthSlot = [] {
  std::array<std::uint8_t, kMaxMatch + 1> slots{};
  for (unsigned slot = 0; slot < kLengthSlots; ++slot)
    for (unsigned i = 0; i < (1U << kLengthRanges[slot].extra_bits); ++i)
      if (kLengthRanges[slot].first + i <= kMaxMatch)
        slots[kLengthRanges[slot].first + i] = static_cast<std::uint8_t>(slot);
  return slots;
}();

/// The symbol of a distance up to 256 is at distance - 1, of a longer one at
/// 256 + (distance - 1) / 128: from 256 on all ranges are multiples of 128.
inline constexpr auto kDistanceSymbol = [] {
  std::array<std::uint8_t, 512> symbols{};
  for (unsigned symbol = 0; symbol < kDistanceSymbols; ++symbol)
    for (unsigned i = 0; i < (1U << kDistanceRanges[symbol].extra_bits); ++i) {
      const unsigned d = kDistanceRanges[symbol].first - 1U + i;
      symbols[d < 256 ? d : 256 + d / 128] = static_cast<std::uint8_t>(symbol);
    }
  return symbols;
}();

/// `distance` is 1 to kMaxDistance.
[[nodiscard]] inline unsigned distance_symbol(unsigned distance) {
  const unsigned d = distance - 1;
  return kDistanceSymbol[d < 256 ? d : 256 + d / 128];
}

}  // namespace modulah::deflate
