// Writes one block in whichever of DEFLATE's three ways is the shortest.
#pragma once

#include <cstddef>

#include "compress/deflate/bit_writer.h"
#include "compress/deflate/match_finder.h"

namespace modulah::deflate {

/// The most bytes that all the blocks of `bytes` bytes and a byte boundary can take, with
/// BitWriter's slack: as if all were stored, 5 bytes in front of each piece.
[[nodiscard]] constexpr std::size_t max_encoded_bytes(std::size_t bytes) {
  return bytes + (bytes / kMinBlockBytes + 2) * 2 * 5 + BitWriter::kSlack;
}

/// Writes `block`, not the last one of its stream.
void write_block(const Block& block, BitWriter& out);

/// An empty stored block: it ends on a byte, so that what follows can be put behind it.
void write_byte_boundary(BitWriter& out);

}  // namespace modulah::deflate
