// Writing gzip (RFC 1952): one member, by our own DEFLATE encoder.
//
// A layer's digest is that of its compressed bytes, so these must be the same wherever an image
// is built. Compression libraries do not promise that: they change with version and
// processor. What they do well otherwise they do one after the other, and compressing is the
// longest part of a build. So the encoder is our own (compress/deflate/): its output depends on the
// input only, and it uses as many processors as it may.
//
// The member's header says nothing about where and when it was made.
#include <array>

#include <zlib.h>

#include "compress/codecs.h"
#include "compress/deflate/deflate_encoder.h"
#include "compress/deflate/parallel_encoder.h"

namespace modulah {

namespace {

/// ID1, ID2, CM deflate, no flags, no time, XFL "fastest algorithm", OS unknown.
constexpr std::array<unsigned char, 10> kHeader = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 0xff};

class GzipSink : public Compressor {
 public:
  GzipSink(Sink& out, unsigned threads)
      : out_(out), encoder_([this](const deflate::EncodedPiece& piece) { emit(piece); }, threads) {}

  void write(std::span<const std::byte> bytes) override { encoder_.write(bytes); }
  void write_in_place(std::span<const std::byte> bytes) override { encoder_.write_in_place(bytes); }
  [[nodiscard]] std::size_t kept_bytes() const noexcept override { return encoder_.kept_bytes(); }
  void release() override { encoder_.release(); }
  void stop() noexcept override { encoder_.stop(); }
  void finish() override {
    encoder_.finish();
    begin_if_needed();
    std::array<std::byte, deflate::kStreamEnd.size() + 8> end;
    std::copy(deflate::kStreamEnd.begin(), deflate::kStreamEnd.end(), end.begin());
    // CRC-32 and size modulo 2^32, little-endian.
    const std::uint64_t trailer = crc_ | (size_ << 32);
    for (unsigned i = 0; i < 8; ++i)
      end[deflate::kStreamEnd.size() + i] = static_cast<std::byte>(trailer >> (8 * i) & 0xff);
    out_.write(end);
  }

 private:
  void begin_if_needed() {
    if (has_begun_) return;
    has_begun_ = true;
    out_.write(std::as_bytes(std::span(kHeader)));
  }
  void emit(const deflate::EncodedPiece& piece) {
    begin_if_needed();
    out_.write(piece.bytes);
    crc_ = static_cast<std::uint32_t>(
        crc32_combine(crc_, piece.plain_crc32, static_cast<z_off_t>(piece.plain_size)));
    size_ += piece.plain_size;
  }

  Sink& out_;
  bool has_begun_ = false;
  std::uint32_t crc_ = 0;
  std::uint64_t size_ = 0;
  deflate::ParallelEncoder encoder_;
};

}  // namespace

std::unique_ptr<Compressor> make_gzip_sink(Sink& out, unsigned threads) {
  return std::make_unique<GzipSink>(out, threads);
}

}  // namespace modulah
