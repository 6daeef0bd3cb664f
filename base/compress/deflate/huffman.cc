#include "compress/deflate/huffman.h"

#include <algorithm>
#include <array>

namespace modulah::deflate {

namespace {

constexpr unsigned kMaxLength = 15;

/// A symbol in use, ordered by frequency and then by itself.
struct Leaf {
  std::uint32_t frequency;
  std::uint16_t symbol;
};

/// The used symbols, the rarest first, and at least two.
std::size_t collect_leaves(std::span<const std::uint32_t> frequencies,
                           std::array<Leaf, kMaxSymbols>& leaves) {
  std::array<std::uint64_t, kMaxSymbols> keys;
  std::size_t count = 0;
  for (std::size_t symbol = 0; symbol < frequencies.size(); ++symbol)
    if (frequencies[symbol] != 0)
      keys[count++] = (std::uint64_t{frequencies[symbol]} << 16) | symbol;
  for (std::size_t symbol = 0; count < 2; ++symbol)
    if (frequencies[symbol] == 0) keys[count++] = (std::uint64_t{1} << 16) | symbol;
  std::sort(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(count));
  for (std::size_t i = 0; i < count; ++i)
    leaves[i] = {static_cast<std::uint32_t>(keys[i] >> 16), static_cast<std::uint16_t>(keys[i])};
  return count;
}

/// How many leaves are at each depth of the best tree; those below kMaxDepth count there.
///
/// The two lightest nodes are joined again and again. Leaves are sorted, and joined nodes come
/// into being in the order of their weight, so the lightest is always at the front of one of two
/// queues, which here are parts of one array: leaves first, then joined nodes.
constexpr std::size_t kMaxDepth = 40;  // Deeper needs frequencies that do not fit into 32 bits.
using Depths = std::array<std::uint16_t, kMaxDepth + 1>;

Depths count_depths(std::span<const Leaf> leaves) {
  const std::size_t count = leaves.size();
  const std::size_t nodes = 2 * count - 1;
  std::array<std::uint32_t, 2 * kMaxSymbols> weight;
  std::array<std::uint16_t, 2 * kMaxSymbols> parent;
  for (std::size_t i = 0; i < count; ++i) weight[i] = leaves[i].frequency;
  std::size_t next_leaf = 0;
  std::size_t next_joined = count;
  for (std::size_t node = count; node < nodes; ++node) {
    weight[node] = 0;
    for (int child = 0; child < 2; ++child) {
      const bool is_leaf =
          next_leaf < count && (next_joined == node || weight[next_leaf] <= weight[next_joined]);
      const std::size_t lightest = is_leaf ? next_leaf++ : next_joined++;
      weight[node] += weight[lightest];
      parent[lightest] = static_cast<std::uint16_t>(node);
    }
  }
  Depths depths{};
  std::array<std::uint8_t, 2 * kMaxSymbols> depth;
  depth[nodes - 1] = 0;
  for (std::size_t node = nodes - 1; node-- > 0;) {
    depth[node] =
        static_cast<std::uint8_t>(std::min<std::size_t>(depth[parent[node]] + 1U, kMaxDepth));
    if (node < count) ++depths[depth[node]];
  }
  return depths;
}

/// Lifts leaves below `max_length` up to it, and makes room for them by sinking others.
///
/// In units of the deepest level, a leaf at depth d takes 2^(max_length - d) of 2^max_length.
/// Moving one leaf from d to d + 1, and one from max_length beside it, frees one unit.
void limit_depths(Depths& depths, unsigned max_length) {
  std::uint32_t units = 0;
  for (std::size_t d = max_length + 1; d <= kMaxDepth; ++d) {
    depths[max_length] = static_cast<std::uint16_t>(depths[max_length] + depths[d]);
    depths[d] = 0;
  }
  for (unsigned d = 1; d <= max_length; ++d) units += std::uint32_t{depths[d]} << (max_length - d);
  for (; units > (1U << max_length); --units) {
    unsigned d = max_length - 1;
    while (depths[d] == 0) --d;
    --depths[d];
    --depths[max_length];
    depths[d + 1] = static_cast<std::uint16_t>(depths[d + 1] + 2);
  }
}

}  // namespace

void make_code_lengths(std::span<const std::uint32_t> frequencies, unsigned max_length,
                       std::span<std::uint8_t> lengths) {
  std::array<Leaf, kMaxSymbols> leaves;
  const std::size_t count = collect_leaves(frequencies, leaves);
  Depths depths = count_depths(std::span(leaves).first(count));
  limit_depths(depths, max_length);
  std::fill(lengths.begin(), lengths.end(), std::uint8_t{0});
  std::size_t leaf = 0;
  for (unsigned length = max_length; length > 0; --length)
    for (unsigned i = 0; i < depths[length]; ++i)
      lengths[leaves[leaf++].symbol] = static_cast<std::uint8_t>(length);
}

void make_codes(std::span<const std::uint8_t> lengths, std::span<std::uint16_t> codes) {
  std::array<std::uint16_t, kMaxLength + 2> next{};
  for (const std::uint8_t length : lengths)
    if (length != 0) ++next[length + 1U];
  // From here on next[n] is the first code of length n.
  for (unsigned length = 2; length <= kMaxLength; ++length)
    next[length] = static_cast<std::uint16_t>((next[length] + next[length - 1U]) << 1);
  for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
    const unsigned length = lengths[symbol];
    unsigned code = length == 0 ? 0 : next[length]++;
    unsigned reversed = 0;
    for (unsigned i = 0; i < length; ++i, code >>= 1) reversed = (reversed << 1) | (code & 1);
    codes[symbol] = static_cast<std::uint16_t>(reversed);
  }
}

}  // namespace modulah::deflate
