// The three ways to write a block (RFC 1951, section 3.2): as it is, with the fixed codes, or
// with codes of its own, whose lengths come first. The exact number of bits each takes follows
// from how often each symbol is used, so the choice is made before anything is written.
#include "compress/deflate/block_writer.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "compress/deflate/huffman.h"

namespace modulah::deflate {

namespace {

/// Four literals and the up to 7 bits that a flush leaves fit into the BitWriter's word.
constexpr unsigned kMaxLitLenBits = 14;
constexpr unsigned kMaxDistanceBits = 15;
constexpr unsigned kMaxLengthCodeBits = 7;
constexpr unsigned kLengthSymbols = 19;
constexpr std::size_t kMaxStored = 0xffff;

enum class BlockType : std::uint8_t { stored = 0, fixed = 1, dynamic = 2 };

/// BFINAL, always 0 here, and BTYPE.
void put_block_type(BitWriter& out, BlockType type) { out.put(std::uint64_t(type) << 1, 3); }

/// The code lengths of a block's two alphabets.
struct Lengths {
  std::array<std::uint8_t, kMaxSymbols> lit_len{};
  std::array<std::uint8_t, kDistanceSymbols + 2> distance{};
};

constexpr Lengths kFixedLengths = [] {
  Lengths lengths;
  for (std::size_t i = 0; i < kMaxSymbols; ++i)
    lengths.lit_len[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
  lengths.distance.fill(5);
  return lengths;
}();

/// Bits of all symbols of a block and their extra bits.
std::uint64_t count_bits(const Block& block, const Lengths& lengths) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < kFirstLength; ++i)
    bits += std::uint64_t{block.lit_len[i]} * lengths.lit_len[i];
  for (std::size_t i = 0; i < kLengthSlots; ++i)
    bits += std::uint64_t{block.lit_len[kFirstLength + i]} *
            (lengths.lit_len[kFirstLength + i] + unsigned{kLengthRanges[i].extra_bits});
  for (std::size_t i = 0; i < kDistanceSymbols; ++i)
    bits += std::uint64_t{block.distances[i]} *
            (lengths.distance[i] + unsigned{kDistanceRanges[i].extra_bits});
  return bits;
}

/// The code lengths of both alphabets as they are sent: run-length encoded (RFC 1951, section
/// 3.2.7) and with a Huffman code of their own.
class LengthsHeader {
 public:
  explicit LengthsHeader(const Lengths& lengths) {
    lit_lens_ = trimmed(lengths.lit_len, kLitLenSymbols, kFirstLength);
    distances_ = trimmed(lengths.distance, kDistanceSymbols, 1);
    std::array<std::uint8_t, kMaxSymbols + kDistanceSymbols> all;
    std::copy_n(lengths.lit_len.begin(), lit_lens_, all.begin());
    std::copy_n(lengths.distance.begin(), distances_, all.begin() + lit_lens_);
    encode_runs(std::span(all).first(lit_lens_ + distances_));
    make_code_lengths(frequencies_, kMaxLengthCodeBits, code_lengths_);
    sent_ = kLengthSymbols;
    while (sent_ > 4 && code_lengths_[kOrder[sent_ - 1]] == 0) --sent_;
  }

  [[nodiscard]] std::uint64_t bits() const {
    std::uint64_t bits = 5 + 5 + 4 + 3 * sent_;
    for (unsigned i = 0; i < kLengthSymbols; ++i)
      bits += std::uint64_t{frequencies_[i]} * (code_lengths_[i] + kExtraBits[i]);
    return bits;
  }

  void write(BitWriter& out) const {
    std::array<std::uint16_t, kLengthSymbols> codes;
    make_codes(code_lengths_, codes);
    out.put(lit_lens_ - 257, 5);
    out.put(distances_ - 1, 5);
    out.put_and_flush(sent_ - 4, 4);
    for (unsigned i = 0; i < sent_; ++i) out.put_and_flush(code_lengths_[kOrder[i]], 3);
    for (const Item& item : std::span(items_).first(count_)) {
      out.put(codes[item.symbol], code_lengths_[item.symbol]);
      out.put_and_flush(item.extra, kExtraBits[item.symbol]);
    }
  }

 private:
  struct Item {
    std::uint8_t symbol;
    std::uint8_t extra;
  };
  static constexpr std::array<std::uint8_t, kLengthSymbols> kOrder = {
      16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  static constexpr std::array<std::uint8_t, kLengthSymbols> kExtraBits = {
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 7};
  static constexpr std::uint8_t kRepeat = 16;     ///< The one before, 3 to 6 times.
  static constexpr std::uint8_t kZeros = 17;      ///< 3 to 10.
  static constexpr std::uint8_t kManyZeros = 18;  ///< 11 to 138.

  /// How many of the first `max` lengths are to be sent: zeros at the end are not, `min` are.
  static unsigned trimmed(std::span<const std::uint8_t> lengths, unsigned max, unsigned min) {
    while (max > min && lengths[max - 1] == 0) --max;
    return max;
  }
  void add(std::uint8_t symbol, std::size_t extra) {
    items_[count_++] = {symbol, static_cast<std::uint8_t>(extra)};
    ++frequencies_[symbol];
  }
  void encode_runs(std::span<const std::uint8_t> lengths) {
    for (std::size_t i = 0; i < lengths.size();) {
      const std::uint8_t length = lengths[i];
      std::size_t run = 1;
      while (i + run < lengths.size() && lengths[i + run] == length) ++run;
      i += run;
      if (length == 0) {
        for (; run >= 11; run -= std::min<std::size_t>(run, 138))
          add(kManyZeros, std::min<std::size_t>(run, 138) - 11);
        if (run >= 3) {
          add(kZeros, run - 3);
          run = 0;
        }
      } else {
        add(length, 0);
        for (--run; run >= 3; run -= std::min<std::size_t>(run, 6))
          add(kRepeat, std::min<std::size_t>(run, 6) - 3);
      }
      for (; run > 0; --run) add(length, 0);
    }
  }

  std::array<Item, kMaxSymbols + kDistanceSymbols> items_;
  std::size_t count_ = 0;
  std::array<std::uint32_t, kLengthSymbols> frequencies_{};
  std::array<std::uint8_t, kLengthSymbols> code_lengths_{};
  unsigned lit_lens_ = 0;
  unsigned distances_ = 0;
  unsigned sent_ = 0;  ///< Of `code_lengths_`, in kOrder.
};

/// A code ready to be put: for a match length its extra bits are in it.
struct Code {
  std::uint32_t bits : 24;
  std::uint32_t count : 8;
};

/// What the codes of a block are, in the form in which writing its symbols is quickest.
struct CodeTables {
  explicit CodeTables(const Lengths& lengths) {
    std::array<std::uint16_t, kMaxSymbols> codes;
    make_codes(lengths.lit_len, codes);
    for (std::size_t i = 0; i <= kEndOfBlock; ++i) literal[i] = {codes[i], lengths.lit_len[i]};
    for (unsigned length = kMinMatch; length <= kMaxMatch; ++length) {
      const unsigned slot = kLengthSlot[length];
      const unsigned symbol = kFirstLength + slot;
      const unsigned count = lengths.lit_len[symbol];
      const unsigned extra = length - kLengthRanges[slot].first;
      match_length[length] = {(codes[symbol] | extra << count) & 0xffffff,
                              (count + kLengthRanges[slot].extra_bits) & 0xff};
    }
    std::array<std::uint16_t, kDistanceSymbols + 2> distance_codes;
    make_codes(lengths.distance, distance_codes);
    for (std::size_t i = 0; i < kDistanceSymbols; ++i)
      distance[i] = {distance_codes[i], lengths.distance[i]};
  }

  std::array<Code, kEndOfBlock + 1> literal;
  std::array<Code, kMaxMatch + 1> match_length;
  std::array<Code, kDistanceSymbols> distance;
};

void put(BitWriter& out, Code code) { out.put(code.bits, code.count); }

/// Writes `count` literals, with at most 7 bits left to flush. Most runs are short, and their
/// lengths unforeseeable: so three are always looked up, and count for nothing if they are too
/// many. 3 bytes are read behind them, which must be there.
void write_literals(BitWriter& out, const CodeTables& codes, const std::byte* from,
                    std::size_t count) {
  const auto code = [&](std::size_t i) {
    return codes.literal[std::to_integer<unsigned>(from[i])];
  };
  for (; count > 3; count -= 4, from += 4) {
    put(out, code(0));
    put(out, code(1));
    put(out, code(2));
    put(out, code(3));
    out.flush();
  }
  const auto put_if = [&](bool is_there, Code c) {
    const std::uint32_t mask = 0U - std::uint32_t{is_there};
    out.put(c.bits & mask, c.count & mask);
  };
  put_if(count > 0, code(0));
  put_if(count > 1, code(1));
  put_if(count > 2, code(2));
  out.flush();
}

void write_symbols(const Block& block, const Lengths& lengths, BitWriter& result) {
  const CodeTables codes(lengths);
  BitWriter out = result;  // In registers.
  const std::byte* from = block.bytes.data();
  for (const Match& match : block.matches) {
    write_literals(out, codes, from, match.literals);
    from += match.literals + match.length;
    put(out, codes.match_length[match.length]);
    const unsigned symbol = distance_symbol(match.distance);
    put(out, codes.distance[symbol]);
    out.put_and_flush(match.distance - unsigned{kDistanceRanges[symbol].first},
                      kDistanceRanges[symbol].extra_bits);
  }
  // Behind the last ones there may be nothing to read.
  const std::byte* const end = block.bytes.data() + block.bytes.size();
  const auto left = static_cast<std::size_t>(end - from);
  const std::size_t last = std::min<std::size_t>(left, 3);
  if (left > last) write_literals(out, codes, from, left - last);
  for (const std::byte byte : std::span(end - last, last))
    put(out, codes.literal[std::to_integer<unsigned>(byte)]);
  out.flush();
  put(out, codes.literal[kEndOfBlock]);
  out.flush();
  result = out;
}

/// As it is, in pieces of 65,535 bytes, the most that a stored block can have.
void write_stored(std::span<const std::byte> bytes, BitWriter& out) {
  do {
    const auto piece = bytes.first(std::min(bytes.size(), kMaxStored));
    bytes = bytes.subspan(piece.size());
    put_block_type(out, BlockType::stored);
    out.align();
    out.put(piece.size(), 16);
    out.put_and_flush(~piece.size() & 0xffff, 16);
    if (!piece.empty()) std::memcpy(out.position(), piece.data(), piece.size());
    out.move_to(out.position() + piece.size());
  } while (!bytes.empty());
}

}  // namespace

void write_block(const Block& block, BitWriter& out) {
  Lengths lengths;
  make_code_lengths(block.lit_len, kMaxLitLenBits,
                    std::span(lengths.lit_len).first(kLitLenSymbols));
  make_code_lengths(block.distances, kMaxDistanceBits,
                    std::span(lengths.distance).first(kDistanceSymbols));
  const LengthsHeader header(lengths);
  const std::uint64_t dynamic_bits = header.bits() + count_bits(block, lengths);
  const std::uint64_t fixed_bits = count_bits(block, kFixedLengths);
  // Its header takes 40 bits at most for each piece, with what fills the byte.
  const std::uint64_t stored_bits =
      8 * block.bytes.size() + 40 * (block.bytes.size() / kMaxStored + 1);
  if (stored_bits <= std::min(dynamic_bits, fixed_bits)) {
    write_stored(block.bytes, out);
  } else if (fixed_bits <= dynamic_bits) {
    put_block_type(out, BlockType::fixed);
    write_symbols(block, kFixedLengths, out);
  } else {
    put_block_type(out, BlockType::dynamic);
    header.write(out);
    write_symbols(block, lengths, out);
  }
}

void write_byte_boundary(BitWriter& out) {
  if (!out.is_aligned()) write_stored({}, out);
}

}  // namespace modulah::deflate
