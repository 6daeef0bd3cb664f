// Compresses one piece of a DEFLATE stream (RFC 1951), knowing only the piece and what is before
// it.
//
// Pieces are compressed without each other, at the same time and in any order, and put behind one
// another in theirs: each ends on a byte, and none says that it is the last one of the stream.
// So that little is lost where one begins, it may refer to the 32 KiB before it, as if it were all
// one: these are input, known before anything is compressed.
//
//   input   |---- piece 0 ----|---- piece 1 ----|- piece 2 -|
//                        <32 KiB| dictionary of 1
//   output  |- blocks, byte boundary -|- blocks, byte boundary -| ... | kStreamEnd
//
// The output follows from the bytes of the piece and its dictionary alone.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>

namespace modulah::deflate {

/// How far back a piece can refer.
inline constexpr std::size_t kDictionaryBytes = 32 * 1024;

/// What is behind the last piece: an empty block with the fixed codes, the last one.
inline constexpr std::array<std::byte, 2> kStreamEnd = {std::byte{3}, std::byte{0}};

/// Can be used again and again; holds about 200 KiB. To be used by one thread at a time.
class Encoder {
 public:
  Encoder();
  ~Encoder();

  /// Compresses `window` without its first `dictionary_bytes`, which were compressed before, into
  /// `out`, which has room for max_encoded_bytes() (block_writer.h); returns how many bytes that
  /// gave. At most 2^30 bytes.
  [[nodiscard]] std::size_t encode(std::span<const std::byte> window, std::size_t dictionary_bytes,
                                   std::span<std::byte> out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace modulah::deflate
