#include "compress/deflate/match_finder.h"

#include <algorithm>
#include <bit>

#include "compress/deflate/words.h"

namespace modulah::deflate {

namespace {

/// The last block of a window may be so much longer, so that none is tiny.
constexpr std::uint32_t kMaxLastBlockBytes = kMinBlockBytes + kMinBlockBytes / 4;
/// The shortest match that is looked for.
constexpr std::uint32_t kMinFound = 4;
/// No match begins in the last bytes: words are read there without looking at the end.
constexpr std::uint32_t kTail = 16;
/// After 2^kSkipShift literals in a row, each step is one longer, up to so many.
constexpr unsigned kSkipShift = 6;
constexpr std::uint32_t kMaxSkip = 16;
/// Of the dictionary, every so many positions are remembered.
constexpr std::uint32_t kDictionaryStep = 4;

/// Of the first five bytes. Four make more matches that are short and far, which save nothing.
std::uint32_t hash(std::uint64_t word) {
  return static_cast<std::uint32_t>(((word << 24) * 0x9e3779b185ebca87U) >> (64 - kHashBits));
}

/// How many bytes are the same, given that the first 8 are. Both have `max` bytes.
std::uint32_t count_same(const std::byte* a, const std::byte* b, std::uint32_t max) {
  std::uint32_t count = 8;
  for (; count + 8 <= max; count += 8)
    if (const std::uint64_t difference = load_le64(a + count) ^ load_le64(b + count))
      return count + static_cast<std::uint32_t>(std::countr_zero(difference)) / 8;
  while (count < max && a[count] == b[count]) ++count;
  return count;
}

}  // namespace

MatchFinder::MatchFinder() : matches_(kMaxLastBlockBytes / kMinFound + 1) {}

void MatchFinder::start(std::span<const std::byte> window, std::size_t dictionary_bytes) {
  window_ = window;
  position_ = static_cast<std::uint32_t>(dictionary_bytes);
  last_seen_.fill(0);
  if (window.size() < kTail) return;
  const auto end = static_cast<std::uint32_t>(std::min(dictionary_bytes, window.size() - kTail));
  for (std::uint32_t p = 0; p < end; p += kDictionaryStep)
    last_seen_[hash(load_le64(window.data() + p))] = static_cast<std::uint16_t>(p);
}

bool MatchFinder::next(Block& block) {
  const std::uint32_t begin = position_;
  const std::uint32_t left = static_cast<std::uint32_t>(window_.size()) - begin;
  if (left == 0) return false;
  block.lit_len.fill(0);
  block.distances.fill(0);
  const std::uint32_t block_end = begin + (left <= kMaxLastBlockBytes ? left : kMinBlockBytes);
  find_matches(block, block_end);
  for (; position_ < block_end; ++position_)
    ++block.lit_len[std::to_integer<unsigned>(window_[position_])];
  block.lit_len[kEndOfBlock] = 1;
  block.bytes = window_.subspan(begin, position_ - begin);
  return true;
}

void MatchFinder::find_matches(Block& block, std::uint32_t block_end) {
  const std::byte* const base = window_.data();
  const auto end = static_cast<std::uint32_t>(window_.size());
  const std::uint32_t search_end = std::min(block_end, end < kTail ? 0 : end - kTail);
  const auto literal = [&](std::uint32_t at) -> std::uint32_t& {
    return block.lit_len[std::to_integer<unsigned>(base[at])];
  };
  std::uint16_t* const last_seen = last_seen_.data();
  const auto remember = [&](std::uint32_t at) {
    last_seen[hash(load_le64(base + at))] = static_cast<std::uint16_t>(at);
  };
  Match* match = matches_.data();
  std::uint32_t p = position_;
  std::uint32_t anchor = p;  // The end of the last match.
  while (p < search_end) {
    const std::uint64_t word = load_le64(base + p);
    std::uint16_t& seen = last_seen[hash(word)];
    // Modulo 2^16. What is before the window is looked at in place of itself, and then refused.
    const std::uint32_t back = static_cast<std::uint16_t>(p - seen);
    const std::uint32_t distance = back <= p ? back : 0;
    seen = static_cast<std::uint16_t>(p);
    const std::uint64_t difference = load_le64(base + p - distance) ^ word;
    if (static_cast<std::uint32_t>(difference) != 0 || distance - 1 >= kMaxDistance) {
      ++literal(p++);
      std::uint32_t skip = std::min((p - anchor) >> kSkipShift, kMaxSkip);
      for (; skip > 0 && p < search_end; --skip) ++literal(p++);
      continue;
    }
    std::uint32_t length =
        difference != 0 ? static_cast<std::uint32_t>(std::countr_zero(difference)) / 8
                        : count_same(base + p, base + p - distance, std::min(kMaxMatch, end - p));
    while (p > anchor && p > distance && length < kMaxMatch &&
           base[p - 1] == base[p - 1 - distance]) {
      --literal(--p);
      ++length;
    }
    *match++ = {p - anchor, static_cast<std::uint16_t>(length),
                static_cast<std::uint16_t>(distance)};
    ++block.lit_len[kFirstLength + kLengthSlot[length]];
    ++block.distances[distance_symbol(distance)];
    const std::uint32_t next = p + length;
    // Of what is inside the match, a few places are enough to find it again.
    if (next + 8 <= end) {
      remember(p + 1);
      remember(next - 2);
      remember(next - 1);
    }
    p = anchor = next;
  }
  position_ = anchor;
  block.matches = {matches_.data(), match};
}

}  // namespace modulah::deflate
