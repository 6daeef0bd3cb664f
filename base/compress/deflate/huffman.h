// Huffman codes: from how often each symbol is used to the bits that stand for it.
//
// DEFLATE sends only the lengths of the codes; the codes themselves follow from them ("canonical",
// RFC 1951, section 3.2.2). Lengths are limited, so the tree that is best without a limit
// is flattened where it is too deep: leaves that are too deep are lifted, and for the room
// they take, others sink, the rarest first. That costs a little against the best limited
// code (package-merge) and needs a fraction of its time. Only integers decide, and symbols as
// frequent as each other are taken in their order, so the lengths are the same everywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace modulah::deflate {

/// The largest alphabet.
inline constexpr std::size_t kMaxSymbols = 288;

/// The length of each symbol's code, 0 for those that are not used, at most `max_length`. At least
/// two symbols get a code, because some readers want a complete one: unused ones, if needed.
/// The frequencies' sum must be less than 2^32 - 2.
void make_code_lengths(std::span<const std::uint32_t> frequencies, unsigned max_length,
                       std::span<std::uint8_t> lengths);

/// The codes for these lengths (at most 15), with the bit that is sent first lowest.
void make_codes(std::span<const std::uint8_t> lengths, std::span<std::uint16_t> codes);

}  // namespace modulah::deflate
