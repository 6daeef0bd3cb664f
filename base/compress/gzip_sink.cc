// Writing gzip (RFC 1952).
#include <vector>

#define ZLIB_CONST
#include <zlib.h>

#include "modulah/base/error.h"

#include "compress/codecs.h"

namespace modulah {

namespace {

class GzipSink : public FinishSink {
 public:
  explicit GzipSink(Sink& out) : out_(out), buffer_(64 * 1024) {
    if (deflateInit2(&stream_, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw Error(ErrorKind::io, "out of memory for compressing");
  }
  ~GzipSink() override { deflateEnd(&stream_); }
  GzipSink(const GzipSink&) = delete;
  GzipSink& operator=(const GzipSink&) = delete;

  void write(std::span<const std::byte> bytes) override {
    stream_.next_in = reinterpret_cast<const Bytef*>(bytes.data());
    stream_.avail_in = static_cast<uInt>(bytes.size());
    while (stream_.avail_in != 0) (void)deflate_some(Z_NO_FLUSH);
  }
  void finish() override {
    while (deflate_some(Z_FINISH) != Z_STREAM_END) {
    }
  }

 private:
  int deflate_some(int flush) {
    stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
    stream_.avail_out = static_cast<uInt>(buffer_.size());
    const int result = deflate(&stream_, flush);
    out_.write(std::span<const std::byte>(buffer_).first(buffer_.size() - stream_.avail_out));
    return result;
  }

  Sink& out_;
  z_stream stream_ = {};
  std::vector<std::byte> buffer_;
};

}  // namespace

std::unique_ptr<FinishSink> make_gzip_sink(Sink& out, unsigned) {
  return std::make_unique<GzipSink>(out);
}

}  // namespace modulah
