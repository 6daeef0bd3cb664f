// Writes one image layer, reading its content once.
//
// An image names each layer twice: the configuration lists the digest of the plain tar (the diff
// id) and the manifest the digest and size of the stored bytes. Both come out of the same pass:
//
//   entries ──> tar pieces ──> diff id hash            (a thread of its own)
//                          └─> compressor              (threads of its own)
//                               └─> BlobWriter: digest, and the blob's file
//
// so no layer is ever read again or kept in memory: a few MiB of pieces are all there is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "modulah/base/compress.h"
#include "modulah/base/io.h"
#include "modulah/base/reporter.h"
#include "modulah/image/blob_writer.h"
#include "modulah/layer/entry.h"
#include "modulah/oci/descriptor.h"
#include "modulah/oci/media_type.h"

namespace modulah::layer {

struct LayerOptions {
  oci::Format format = oci::Format::oci;
  Compression compression = Compression::gzip;
  unsigned threads = 1;  ///< At work at once, at least 1. Has no influence on the bytes.
};

struct LayerResult {
  oci::Descriptor descriptor;    ///< Of the stored (compressed) bytes.
  oci::Digest diff_id;           ///< Of the plain tar.
  std::uint64_t plain_size = 0;  ///< Of the plain tar, in bytes.
};

/// Writes entries in the order given; the caller sorts them, and puts a directory before what is in
/// it. The same entries, contents and compression give the same bytes everywhere.
/// Not safe for use from two threads at once. Destroyed without `finish`, nothing is left behind.
class LayerWriter {
 public:
  LayerWriter(std::unique_ptr<image::BlobWriter> out, const LayerOptions& options);
  ~LayerWriter();
  LayerWriter(const LayerWriter&) = delete;
  LayerWriter& operator=(const LayerWriter&) = delete;

  /// From now on tells `progress` of the bytes of the tar that went through the compressor. It must
  /// outlive the writer.
  void report_to(Progress& progress);

  /// Adds an entry without content. Throws Error invalid when `entry.size` is not 0.
  void add(const Entry& entry);
  /// Adds a file whose content is read from `content`, which must have exactly `entry.size` bytes.
  /// Throws Error invalid when it has fewer or more (the file was changed meanwhile).
  void add(const Entry& entry, Source& content);
  /// Adds a file whose content is in memory; it is used in place and may go away when this returns.
  void add(const Entry& entry, std::span<const std::byte> content);
  /// Adds a file of which `beginning` is in memory, as above, and all else is read from `rest`.
  void add(const Entry& entry, std::span<const std::byte> beginning, Source& rest);

  /// Writes the end and commits the blob. Call once, last. Throws Error.
  [[nodiscard]] LayerResult finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace modulah::layer
