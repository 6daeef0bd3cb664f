// Reads the archives that ADD unpacks: tars, plain or compressed with gzip, bzip2, xz or zstd.
//
// What a file is, is told by its content and never by its name, as docker does. libarchive reads
// them: it knows all kinds of tar that are about, and many eyes have looked at it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "modulah/base/files.h"
#include "modulah/base/io.h"
#include "modulah/layer/entry.h"

namespace modulah::layer {

/// How much an archive may hold. Beyond it Error invalid is thrown, naming the entry.
struct ArchiveLimits {
  std::uint64_t max_plain_bytes = std::uint64_t{64} << 30;
  std::uint64_t max_entries = 1'000'000;
  /// How many times longer than the archive the content may be, once it is over 64 MiB: honest
  /// archives stay below 200, decompression bombs do not.
  std::uint64_t max_ratio = 1'000;
};

/// Not safe for use from two threads at once.
class ArchiveReader {
 public:
  /// Opens `path` when its content is an archive, else gives null (as it does for an empty tar,
  /// for a zip, and for a compressed file that is no tar: ADD copies those).
  /// Throws Error: not_found, denied, io; corrupt, when a compressed file is cut off or damaged
  /// before it can be told whether it holds a tar.
  [[nodiscard]] static std::unique_ptr<ArchiveReader> open(const std::filesystem::path& path,
                                                           const ArchiveLimits& limits = {});
  /// The same for a file that is open, read from its current position; `name` is for messages.
  [[nodiscard]] static std::unique_ptr<ArchiveReader> open(FileDescriptor file, std::string name,
                                                           const ArchiveLimits& limits = {});
  /// The same for any source of bytes; the file's size is not known then, so `max_ratio` is counted
  /// against the bytes read so far.
  [[nodiscard]] static std::unique_ptr<ArchiveReader> open(std::unique_ptr<Source> source,
                                                           std::string name,
                                                           const ArchiveLimits& limits = {});
  ~ArchiveReader();

  /// The next entry, or nothing at the end. Names: absolute ones are taken as relative to
  /// the root, ".." is worked out on the text; what then leads out of the root, and a hard
  /// link that does, is Error invalid. Names that begin with ".wh." are ordinary files here.
  /// Throws Error corrupt for malformed or cut-off archives; all messages name archive and entry.
  [[nodiscard]] std::optional<Entry> next();
  /// Reads the current entry's content; 0 is its end. Holes of sparse files read as zeros.
  [[nodiscard]] std::size_t read(std::span<std::byte> buffer);

 private:
  struct State;
  explicit ArchiveReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace modulah::layer
