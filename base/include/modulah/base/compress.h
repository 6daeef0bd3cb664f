// The compressions that a layer can have, as Sinks and Sources.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "modulah/base/io.h"

namespace modulah {

enum class Compression { none, gzip, zstd };

[[nodiscard]] std::string_view to_string(Compression compression);

/// How many bytes of a stream `detect_compression` wants to see.
inline constexpr std::size_t kDetectBytes = 4;

/// Tells the compression by the stream's first bytes; none when it is neither gzip nor zstd.
[[nodiscard]] Compression detect_compression(std::span<const std::byte> first_bytes);

/// Compresses what is written. To be used from one thread; after an exception only to be destroyed.
class Compressor : public FinishSink {
 public:
  /// As `write`, but need not copy: `bytes` stay as they are until kept_bytes() more were written,
  /// or until `release` or `stop` has returned. Best in pieces of some 100 KiB, each behind the one
  /// before it.
  virtual void write_in_place(std::span<const std::byte> bytes) { write(bytes); }
  /// How many of the bytes written last may still be looked at.
  [[nodiscard]] virtual std::size_t kept_bytes() const noexcept { return 0; }
  /// Returns when none of the bytes written so far is needed any more. Throws what `write` throws.
  virtual void release() {}
  /// The same after a failure: then only the destructor may be called.
  virtual void stop() noexcept {}
};

/// A Sink that compresses into `out`, which must outlive it, with up to `threads` threads at
/// work (at least 1). The bytes written to `out` depend on the input and `compression` only:
/// not on `threads`, the sizes of the writes, the machine, or a library's version for gzip.
/// Holds a few MiB, whatever the size of the input. `finish` writes the trailer.
[[nodiscard]] std::unique_ptr<Compressor> make_compressor(Compression compression, Sink& out,
                                                          unsigned threads);

/// A Source that reads what is compressed in `in`, which must outlive it. Several gzip members
/// or zstd frames in a row are read as one stream. Throws Error corrupt, with the offset in
/// `in`, for malformed or cut-off input.
[[nodiscard]] std::unique_ptr<Source> make_decompressor(Compression compression, Source& in);

}  // namespace modulah
