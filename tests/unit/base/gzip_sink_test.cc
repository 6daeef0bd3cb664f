// The gzip that modulah writes: read by zlib and by other programs, and always the same bytes.
#include <array>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "modulah/base/compress.h"
#include "modulah/base/files.h"
#include "modulah/base/hash.h"

#include "compress/deflate/parallel_encoder.h"
#include "modulah_test/catch.h"
#include "modulah_test/skip.h"

using namespace modulah;

namespace {

constexpr std::size_t kPiece = deflate::kPieceBytes;

/// Numbers that are the same everywhere (a linear congruential generator's high bits).
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}
  std::uint32_t next(std::uint32_t below) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::uint32_t>((state_ >> 33) % below);
  }

 private:
  std::uint64_t state_;
};

std::string random_bytes(std::size_t size, std::uint64_t seed = 1) {
  Numbers numbers(seed);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(numbers.next(256));
  return text;
}

/// Words with a few that are frequent, as in text.
std::string words(std::size_t size) {
  Numbers numbers(2);
  std::string text;
  while (text.size() < size) {
    const std::uint32_t rank = numbers.next(numbers.next(2000) + 1);
    text += fmt::format("{:x}{} ", rank * 2654435761U, rank % 7 == 0 ? "," : "");
  }
  text.resize(size);
  return text;
}

/// Opcodes with small operands, some bodies repeated from far away, as in modules.
std::string code(std::size_t size) {
  Numbers numbers(3);
  std::string text;
  while (text.size() < size) {
    if (text.size() > 100 && numbers.next(8) == 0) {
      const std::uint32_t back = numbers.next(static_cast<std::uint32_t>(text.size())) + 1;
      const std::string copied = text.substr(text.size() - back, 10 + numbers.next(300));
      text += copied;
    }
    text += "\x20\x21\x41\x6a\x0b\x10\x28\x36"[numbers.next(8)];
    text += static_cast<char>(numbers.next(numbers.next(128) + 1));
  }
  text.resize(size);
  return text;
}

std::string gzip(std::string_view plain, unsigned threads = 1, std::size_t step = 1 << 20) {
  StringSink out;
  const auto sink = make_compressor(Compression::gzip, out, threads);
  for (; !plain.empty(); plain.remove_prefix(std::min(step, plain.size())))
    sink->write(as_bytes(plain.substr(0, step)));
  sink->finish();
  return out.text;
}

std::string gunzip(std::string_view compressed) {
  SpanSource in(compressed);
  const auto source = make_decompressor(Compression::gzip, in);
  return read_all(*source, 1 << 30, "plain");
}

/// Without what Catch2 would print of a megabyte.
bool survives(std::string_view plain, unsigned threads = 1) {
  return gunzip(gzip(plain, threads)) == plain;
}

std::size_t count_threads() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/task"))
    ++count;
  return count;
}

/// The kernel may list a thread for a moment after it was joined.
bool comes_down_to(std::size_t count) {
  for (int i = 0; i < 1'000'000; ++i) {
    if (count_threads() == count) return true;
    std::this_thread::yield();
  }
  return false;
}

}  // namespace

TEST_CASE("gzip of nothing is a member with one empty block") {
  CHECK(to_hex(as_bytes(gzip(""))) == "1f8b08000000000004ff03000000000000000000");
}

TEST_CASE("gzip survives short inputs of each size") {
  const std::string text = words(700);
  const std::string noise = random_bytes(700);
  const std::string zeros(700, '\0');
  for (std::size_t size = 0; size <= 700; ++size) {
    CAPTURE(size);
    for (const std::string* kind : {&text, &noise, &zeros})
      REQUIRE(survives(std::string_view(*kind).substr(0, size)));
  }
}

TEST_CASE("gzip survives each kind of input around the borders of pieces and blocks") {
  const std::size_t max = 3 * kPiece + 40;
  const std::string kinds[] = {words(max),
                               random_bytes(max),
                               std::string(max, '\0'),
                               code(max),
                               random_bytes(70'000) + words(max - 70'000),
                               std::string(max / 2, 'a') + random_bytes(max - max / 2)};
  for (const std::string& kind : kinds)
    for (const std::size_t border : {std::size_t{64 * 1024}, std::size_t{80 * 1024}, kPiece,
                                     kPiece + 32 * 1024, 2 * kPiece, 3 * kPiece})
      for (const std::size_t size :
           {border - 17, border - 16, border - 15, border - 1, border, border + 1, border + 5,
            border + 15, border + 16, border + 17}) {
        CAPTURE(size, &kind - kinds);
        REQUIRE(survives(std::string_view(kind).substr(0, size)));
      }
}

TEST_CASE("gzip refers back as far as DEFLATE can, and no farther") {
  for (const std::size_t period : {1U, 2U, 3U, 4U, 5U, 7U, 8U, 9U, 255U, 258U, 259U, 4096U, 32767U,
                                   32768U, 32769U, 40000U, 65535U, 65536U, 65537U}) {
    CAPTURE(period);
    const std::string unit = random_bytes(period, period);
    std::string text;
    while (text.size() < 5 * kPiece / 2) text += unit;
    const std::string compressed = gzip(text);
    CHECK(gunzip(compressed) == text);
    CHECK((compressed.size() < 2 * period + 8'000) == (period <= 32768));
  }
}

TEST_CASE("gzip hardly grows what cannot be compressed") {
  const std::string noise = random_bytes(1'000'000);
  CHECK(gzip(noise).size() < noise.size() + 200);
}

TEST_CASE("gzip's bytes depend on the input alone") {
  const std::string plain = words(3 * kPiece) + code(4 * kPiece) + random_bytes(kPiece / 3);
  const std::string expected = gzip(plain);
  CHECK(gunzip(expected) == plain);
  for (const unsigned threads : {0U, 2U, 3U, 8U, 100U})
    for (const std::size_t step : {std::size_t{512}, std::size_t{4097}, kPiece, plain.size()}) {
      CAPTURE(threads, step);
      CHECK(gzip(plain, threads, step) == expected);
    }
  const std::string small(plain, 0, 2000);
  CHECK(gzip(small, 1, 1) == gzip(small, 4));
}

TEST_CASE("gzip's bytes are the same when the input stays in place") {
  const std::string plain = words(3 * kPiece) + code(9 * kPiece) + random_bytes(kPiece / 3);
  const std::string expected = gzip(plain);
  for (const unsigned threads : {1U, 2U, 5U})
    for (const std::size_t step :
         {std::size_t{5'000}, kPiece - 1, kPiece, 2 * kPiece + 3, plain.size()})
      for (const bool is_released : {false, true}) {
        CAPTURE(threads, step, is_released);
        StringSink out;
        const auto sink = make_compressor(Compression::gzip, out, threads);
        // What need not be kept any more is spoiled, so that looking at it would show.
        std::string memory = plain;
        std::size_t spoiled = 0;
        for (std::size_t at = 0; at < memory.size(); at += step) {
          const std::size_t end = std::min(memory.size(), at + step);
          sink->write_in_place(as_bytes(memory).subspan(at, end - at));
          if (is_released) sink->release();
          const std::size_t kept = is_released ? 0 : sink->kept_bytes();
          for (; spoiled + kept < end; ++spoiled) memory[spoiled] ^= '\x55';
        }
        sink->finish();
        CHECK((out.text == expected));
      }
}

TEST_CASE("gzip compresses in place what is used in turn with copied input") {
  const std::string plain = code(8 * kPiece);
  StringSink out;
  const auto sink = make_compressor(Compression::gzip, out, 2);
  std::string_view left = plain;
  const auto take = [&](std::size_t count) {
    const std::string_view part = left.substr(0, count);
    left.remove_prefix(part.size());
    return as_bytes(part);
  };
  sink->write_in_place(take(3 * kPiece));
  sink->write(take(700));
  sink->write_in_place(take(2 * kPiece));
  {
    // Of other memory, and not where a piece begins.
    const std::string copy(as_text(take(2 * kPiece)));
    sink->write_in_place(as_bytes(copy));
    sink->release();
  }
  sink->write(take(plain.size()));
  sink->finish();
  CHECK((out.text == gzip(plain)));
}

TEST_CASE("gzip's bytes stay as they are") {
  // Changing these changes the digest of every image that is built: say so in CHANGELOG.md.
  const std::string plain =
      words(200'000) + code(300'000) + random_bytes(70'000) + std::string(50'000, '\0') + words(99);
  const std::string compressed = gzip(plain, 2);
  CHECK(to_hex(sha256(as_bytes(plain))) ==
        "78c0ccae32ef6ae4e068cfeb62d15a847768b1dbc9366d29e14dd158df48f6e5");
  CHECK(compressed.size() == 191'957);
  CHECK(to_hex(sha256(as_bytes(compressed))) ==
        "28558dec208ab462d52a6738c1e501a3fc6c8b69fda722cb63384cd4146dccad");
}

TEST_CASE("gzip starts no thread for one piece, and leaves none behind") {
  const std::size_t before = count_threads();
  const std::string plain = words(3 * kPiece);
  {
    StringSink out;
    const auto sink = make_compressor(Compression::gzip, out, 4);
    sink->write(as_bytes(std::string_view(plain).substr(0, kPiece)));
    CHECK(count_threads() == before);
    sink->write(as_bytes(std::string_view(plain).substr(kPiece)));
    CHECK(count_threads() > before);
    CHECK(count_threads() <= before + 3);
  }  // Without `finish`.
  CHECK(comes_down_to(before));
}

TEST_CASE("what the output of gzip throws reaches the writer") {
  class FullSink : public Sink {
   public:
    void write(std::span<const std::byte> bytes) override {
      count_ += bytes.size();
      if (count_ > 100'000) throw std::runtime_error("full");
    }

   private:
    std::size_t count_ = 0;
  };
  const std::string plain = random_bytes(20 * kPiece);
  for (const unsigned threads : {1U, 4U}) {
    CAPTURE(threads);
    FullSink out;
    const auto sink = make_compressor(Compression::gzip, out, threads);
    CHECK_THROWS_WITH(
        [&] {
          sink->write(as_bytes(plain));
          sink->finish();
        }(),
        "full");
  }
}

TEST_CASE("other programs read our gzip") {
  const TempDir directory(std::filesystem::temp_directory_path());
  const std::filesystem::path plain = directory.path() / "plain";
  const std::string text = words(kPiece) + code(2 * kPiece) + random_bytes(70'000);
  write_file(plain, text);
  write_file(directory.path() / "plain.gz", gzip(text, 2));
  struct Peer {
    const char* program;
    const char* command;
  };
  constexpr Peer kPeers[] = {
      {"gzip", "gzip -t {0}/plain.gz && gzip -dc {0}/plain.gz | cmp - {0}/plain"},
      {"pigz", "pigz -t {0}/plain.gz && pigz -dc {0}/plain.gz | cmp - {0}/plain"},
      {"bsdcat", "bsdcat {0}/plain.gz | cmp - {0}/plain"},
      {"python3",
       "python3 -c 'import gzip, sys; "
       "sys.exit(gzip.open(\"{0}/plain.gz\").read() != open(\"{0}/plain\", \"rb\").read())'"},
  };
  for (const Peer& peer : kPeers) {
    if (std::system(fmt::format("command -v {} >/dev/null", peer.program).c_str()) != 0) {
      test::skip_part(fmt::format("there is no {}", peer.program));
      continue;
    }
    CAPTURE(peer.program);
    CHECK(std::system(fmt::format(fmt::runtime(peer.command), directory.path().native()).c_str()) ==
          0);
  }
}
