// Finds what came before: the half of DEFLATE that takes the time.
//
// A table says for each hash of five bytes where they were seen last. At each position that
// one place is looked at; when at least four bytes are the same there, the match is taken as far
// as it goes, also backwards over what was passed by. No chains, no search for a better one:
// what is lost by that is less than what zlib -1 loses, and the time is a third of its.
//
// What makes it quick is what a processor cannot foresee, and is therefore left out:
//  - The comparison is of 8 bytes at once; most matches end in the first.
//  - Literals are counted when they are passed, not in a loop of their own whose length varies.
//  - The table has 16 bits for each place (32 KiB in all, about a processor's first cache). A place
//    is known modulo 64 Ki, and DEFLATE reaches back 32 Ki: entries that are older than that
//    look like some other distance, and the comparison tells.
//  - Where matches are rare, steps get longer: random bytes go through at a gigabyte a second.
//
// All decisions follow from the window's bytes alone: never from what was compressed before with
// the same object, or from how the processor orders bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "compress/deflate/symbols.h"

namespace modulah::deflate {

/// All blocks of a window but its last have at least so many bytes.
inline constexpr std::uint32_t kMinBlockBytes = 64 * 1024;

/// Of a place in the table.
inline constexpr unsigned kHashBits = 14;

/// So many literals, and then a repetition.
struct Match {
  std::uint32_t literals;
  std::uint16_t length;    ///< kMinMatch to kMaxMatch.
  std::uint16_t distance;  ///< 1 to kMaxDistance.
};

/// A part of the input that gets codes of its own: matches and, after the last, literals.
struct Block {
  std::span<const std::byte> bytes;
  std::span<const Match> matches;
  std::array<std::uint32_t, kLitLenSymbols> lit_len;      ///< How often, with one end of block.
  std::array<std::uint32_t, kDistanceSymbols> distances;  ///< How often.
};

class MatchFinder {
 public:
  MatchFinder();

  /// Begins with `window`, which must stay where it is. Its first `dictionary_bytes` are only
  /// referred to. At most 2^31 bytes.
  void start(std::span<const std::byte> window, std::size_t dictionary_bytes);
  /// The next block, valid until the next call; false at the end.
  [[nodiscard]] bool next(Block& block);

 private:
  /// Finds the matches from `position_` to at least `block_end`, or less at the window's end.
  /// Counts their symbols and the literals before them in `block`.
  void find_matches(Block& block, std::uint32_t block_end);

  std::span<const std::byte> window_;
  std::uint32_t position_ = 0;  ///< Up to here all is in blocks.
  std::vector<Match> matches_;
  std::array<std::uint16_t, std::size_t{1} << kHashBits> last_seen_{};
};

}  // namespace modulah::deflate
