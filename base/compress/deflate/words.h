// Little-endian words in memory at any address, the same on every processor. Compilers make one
// instruction of each where the processor has it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace modulah::deflate {

[[nodiscard]] inline std::uint64_t to_le64(std::uint64_t word) {
  if constexpr (std::endian::native == std::endian::little) {
    return word;
  } else {
    std::uint64_t swapped = 0;
    for (int i = 0; i < 8; ++i) swapped |= ((word >> (8 * i)) & 0xff) << (56 - 8 * i);
    return swapped;
  }
}

[[nodiscard]] inline std::uint64_t load_le64(const std::byte* from) {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return to_le64(word);
}

inline void store_le64(std::byte* to, std::uint64_t word) {
  word = to_le64(word);
  std::memcpy(to, &word, sizeof word);
}

}  // namespace modulah::deflate
