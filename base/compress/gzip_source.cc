// Reading gzip (RFC 1952): zlib's inflate, member after member. zlib checks each member's CRC-32
// and length. Bytes after the last member that are not a member are an error: what has a digest is
// not padded.
#include <algorithm>

#define ZLIB_CONST
#include <zlib.h>

#include "compress/codecs.h"
#include "compress/compressed_input.h"

namespace modulah {

namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;
constexpr std::size_t kMaxCall = std::size_t{1} << 30;  // zlib counts in unsigned int.

class GzipSource : public Source {
 public:
  explicit GzipSource(Source& in) : input_(in, "gzip") {
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK)
      throw Error(ErrorKind::io, "out of memory for decompressing gzip data");
  }
  ~GzipSource() override { inflateEnd(&stream_); }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  std::size_t read(std::span<std::byte> buffer) override {
    if (buffer.empty()) return 0;
    for (;;) {
      const std::span<const std::byte> input = input_.get();
      if (input.empty()) {
        if (is_between_members_) return 0;
        input_.throw_cut_off();
      }
      if (const std::size_t count = inflate_some(input, buffer)) return count;
    }
  }

 private:
  /// Moves both sides on; returns how many bytes are in `buffer`, which may be none.
  std::size_t inflate_some(std::span<const std::byte> input, std::span<std::byte> buffer) {
    if (is_between_members_ && has_read_member_) inflateReset(&stream_);
    is_between_members_ = false;
    const auto room = static_cast<uInt>(std::min(buffer.size(), kMaxCall));
    stream_.next_in = reinterpret_cast<const Bytef*>(input.data());
    stream_.avail_in = static_cast<uInt>(input.size());
    stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream_.avail_out = room;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    input_.use(input.size() - stream_.avail_in);
    if (result == Z_STREAM_END) {
      is_between_members_ = has_read_member_ = true;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      input_.throw_malformed(stream_.msg != nullptr ? stream_.msg : "not a gzip stream");
    }
    return room - stream_.avail_out;
  }

  CompressedInput input_;
  z_stream stream_ = {};
  bool has_read_member_ = false;
  bool is_between_members_ = false;
};

}  // namespace

std::unique_ptr<Source> make_gzip_source(Source& in) { return std::make_unique<GzipSource>(in); }

}  // namespace modulah
