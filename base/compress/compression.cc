// Which compressions there are, and how a stream is told to be one of them.
#include <algorithm>

#include "modulah/base/compress.h"

#include "compress/codecs.h"

namespace modulah {

namespace {

/// Passes everything through.
class PlainSink : public Compressor {
 public:
  explicit PlainSink(Sink& out) : out_(out) {}
  void write(std::span<const std::byte> bytes) override { out_.write(bytes); }
  void finish() override {}

 private:
  Sink& out_;
};

class PlainSource : public Source {
 public:
  explicit PlainSource(Source& in) : in_(in) {}
  std::size_t read(std::span<std::byte> buffer) override { return in_.read(buffer); }

 private:
  Source& in_;
};

/// Whether `bytes` starts with `magic`.
bool has_magic(std::span<const std::byte> bytes, std::initializer_list<unsigned char> magic) {
  return bytes.size() >= magic.size() &&
         std::equal(magic.begin(), magic.end(), bytes.begin(), [](unsigned char a, std::byte b) {
           return a == std::to_integer<unsigned char>(b);
         });
}

/// Zstandard's skippable frames start with 0x184d2a50 to 0x184d2a5f, little-endian (RFC 8878,
/// section 3.1.2). Some writers put one in front.
bool is_skippable_frame(std::span<const std::byte> bytes) {
  return bytes.size() >= 4 && (bytes[0] & std::byte{0xf0}) == std::byte{0x50} &&
         has_magic(bytes.subspan(1), {0x2a, 0x4d, 0x18});
}

}  // namespace

std::string_view to_string(Compression compression) {
  switch (compression) {
    case Compression::none:
      return "none";
    case Compression::gzip:
      return "gzip";
    case Compression::zstd:
      return "zstd";
  }
  return "unknown";
}

Compression detect_compression(std::span<const std::byte> first_bytes) {
  if (has_magic(first_bytes, {0x1f, 0x8b})) return Compression::gzip;
  if (has_magic(first_bytes, {0x28, 0xb5, 0x2f, 0xfd}) || is_skippable_frame(first_bytes))
    return Compression::zstd;
  return Compression::none;
}

std::unique_ptr<Compressor> make_compressor(Compression compression, Sink& out, unsigned threads) {
  switch (compression) {
    case Compression::none:
      break;
    case Compression::gzip:
      return make_gzip_sink(out, std::max(threads, 1u));
    case Compression::zstd:
      return make_zstd_sink(out);
  }
  return std::make_unique<PlainSink>(out);
}

std::unique_ptr<Source> make_decompressor(Compression compression, Source& in) {
  switch (compression) {
    case Compression::none:
      break;
    case Compression::gzip:
      return make_gzip_source(in);
    case Compression::zstd:
      return make_zstd_source(in);
  }
  return std::make_unique<PlainSource>(in);
}

}  // namespace modulah
