// Reading and writing Zstandard (RFC 8878) by libzstd.
//
// A frame says how much memory its reader needs. More than 128 MiB is refused, as the zstd
// program does: else a few bytes from anywhere could ask for gigabytes.
#include <vector>

#include <zstd.h>

#include "compress/codecs.h"
#include "compress/compressed_input.h"

namespace modulah {

namespace {

constexpr int kMaxWindowLog = 27;
constexpr int kLevel = 3;

/// Throws when libzstd says no to what can only lack memory.
void require(std::size_t result) {
  if (ZSTD_isError(result))
    throw Error(ErrorKind::io, fmt::format("zstd: {}", ZSTD_getErrorName(result)));
}

class ZstdSource : public Source {
 public:
  explicit ZstdSource(Source& in) : input_(in, "zstd"), context_(ZSTD_createDCtx()) {
    require(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kMaxWindowLog));
  }

  std::size_t read(std::span<std::byte> buffer) override {
    if (buffer.empty()) return 0;
    for (;;) {
      const std::span<const std::byte> input = input_.get();
      // A frame's last bytes may be in the library when all its input is used.
      const bool is_input_over = input.empty();
      if (is_input_over && is_between_frames_) return 0;
      ZSTD_inBuffer from = {input.data(), input.size(), 0};
      ZSTD_outBuffer to = {buffer.data(), buffer.size(), 0};
      const std::size_t result = ZSTD_decompressStream(context_.get(), &to, &from);
      if (ZSTD_isError(result)) input_.throw_malformed(ZSTD_getErrorName(result));
      input_.use(from.pos);
      is_between_frames_ = result == 0;
      if (to.pos != 0) return to.pos;
      if (is_input_over && !is_between_frames_) input_.throw_cut_off();
    }
  }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };

  CompressedInput input_;
  std::unique_ptr<ZSTD_DCtx, Free> context_;
  bool is_between_frames_ = false;
};

/// One frame. Without threads of its own, with which libzstd cuts its work up differently.
class ZstdSink : public Compressor {
 public:
  explicit ZstdSink(Sink& out)
      : out_(out), context_(ZSTD_createCCtx()), buffer_(ZSTD_CStreamOutSize()) {
    require(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kLevel));
    require(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1));
  }

  void write(std::span<const std::byte> bytes) override {
    ZSTD_inBuffer from = {bytes.data(), bytes.size(), 0};
    while (from.pos != from.size) (void)compress(from, ZSTD_e_continue);
  }
  void finish() override {
    ZSTD_inBuffer from = {nullptr, 0, 0};
    while (compress(from, ZSTD_e_end) != 0) {
    }
  }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };

  std::size_t compress(ZSTD_inBuffer& from, ZSTD_EndDirective directive) {
    ZSTD_outBuffer to = {buffer_.data(), buffer_.size(), 0};
    const std::size_t result = ZSTD_compressStream2(context_.get(), &to, &from, directive);
    require(result);
    if (to.pos != 0) out_.write(std::span<const std::byte>(buffer_).first(to.pos));
    return result;
  }

  Sink& out_;
  std::unique_ptr<ZSTD_CCtx, Free> context_;
  std::vector<std::byte> buffer_;
};

}  // namespace

std::unique_ptr<Source> make_zstd_source(Source& in) { return std::make_unique<ZstdSource>(in); }

std::unique_ptr<Compressor> make_zstd_sink(Sink& out) { return std::make_unique<ZstdSink>(out); }

}  // namespace modulah
