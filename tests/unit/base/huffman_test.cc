#include "compress/deflate/huffman.h"

#include <array>
#include <cstdint>
#include <vector>

#include "modulah_test/catch.h"

using namespace modulah::deflate;

namespace {

std::vector<std::uint8_t> lengths_of(const std::vector<std::uint32_t>& frequencies,
                                     unsigned max_length) {
  std::vector<std::uint8_t> lengths(frequencies.size());
  make_code_lengths(frequencies, max_length, lengths);
  return lengths;
}

/// How much of all bit strings of `max_length` the codes take; 2^max_length is all.
std::uint64_t taken(const std::vector<std::uint8_t>& lengths, unsigned max_length) {
  std::uint64_t sum = 0;
  for (const std::uint8_t length : lengths)
    if (length != 0) sum += std::uint64_t{1} << (max_length - length);
  return sum;
}

}  // namespace

TEST_CASE("the frequent get short codes") {
  CHECK(lengths_of({5, 9, 12, 13, 16, 45}, 15) == std::vector<std::uint8_t>{4, 4, 3, 3, 3, 1});
  CHECK(lengths_of({1, 1, 1, 1}, 15) == std::vector<std::uint8_t>{2, 2, 2, 2});
}

TEST_CASE("codes are complete however few symbols are used") {
  CHECK(lengths_of({0, 0, 0}, 15) == std::vector<std::uint8_t>{1, 1, 0});
  CHECK(lengths_of({0, 0, 7}, 15) == std::vector<std::uint8_t>{1, 0, 1});
  CHECK(lengths_of({3, 0, 7}, 15) == std::vector<std::uint8_t>{1, 0, 1});
}

TEST_CASE("lengths are limited and codes stay complete") {
  // Fibonacci numbers make the deepest tree there is: 24 levels for these.
  std::vector<std::uint32_t> frequencies = {1, 1};
  while (frequencies.size() < 25)
    frequencies.push_back(frequencies.end()[-1] + frequencies.end()[-2]);
  for (const unsigned max_length : {5U, 7U, 14U, 15U}) {
    CAPTURE(max_length);
    const std::vector<std::uint8_t> lengths = lengths_of(frequencies, max_length);
    CHECK(taken(lengths, max_length) == std::uint64_t{1} << max_length);
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      CHECK(lengths[i] >= 1);
      CHECK(lengths[i] <= max_length);
      if (i > 0) CHECK(lengths[i] <= lengths[i - 1]);
    }
  }
  CHECK(lengths_of(frequencies, 24).front() == 24);
}

TEST_CASE("codes are the canonical ones, first bit lowest") {
  // The example of RFC 1951, section 3.2.2: 010 011 100 101 110 00 1110 1111.
  constexpr std::array<std::uint8_t, 8> kLengths = {3, 3, 3, 3, 3, 2, 4, 4};
  std::array<std::uint16_t, 8> codes;
  make_codes(kLengths, codes);
  CHECK(codes ==
        std::array<std::uint16_t, 8>{0b010, 0b110, 0b001, 0b101, 0b011, 0b00, 0b0111, 0b1111});
}
