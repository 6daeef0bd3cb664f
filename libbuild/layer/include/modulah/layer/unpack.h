// Layers as files on disk, and one file out of layers without unpacking them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/layer/archive_reader.h"
#include "modulah/layer/entry.h"
#include "modulah/layer/tar_reader.h"
#include "modulah/oci/blob_reader.h"

namespace modulah::layer {

/// How much all layers of one call may unpack to. Beyond it LimitError is thrown.
struct UnpackLimits {
  std::uint64_t max_bytes = std::uint64_t{16} << 30;  ///< Of all files together, and of each layer.
  std::uint64_t max_entries = 2'000'000;
  /// How many times its stored size a layer may unpack to, once that is more than
  /// `ratio_free_bytes`. Honest layers stay below 100, bombs of gzip reach 1030, of zstd 30,000.
  std::uint64_t max_ratio = 200;
  std::uint64_t ratio_free_bytes = std::uint64_t{1} << 30;
};

struct UnpackOptions {
  UnpackLimits limits = {};
  /// When requested, unpacking throws Error cancelled within one piece of 256 KiB.
  std::stop_token stop = {};
};

struct UnpackResult {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;            ///< Written.
  std::uint64_t skipped_devices = 0;  ///< Device files and fifos are not made.
};

/// Unpacks `layers`, the lowest first, into the directory `target`, which must be there and empty.
/// No name, symlink or hard link leads out of it, whatever the layers say. Files belong to the
/// caller, whoever that is: owners, setuid, setgid and xattrs are not set, directories get the
/// owner's rwx and files the owner's r besides their mode. Throws Error (LimitError for a limit);
/// the target may have a part then.
UnpackResult unpack_layers(oci::BlobReader& from, std::span<const oci::Descriptor> layers,
                           const std::filesystem::path& target, const UnpackOptions& options = {});

/// Unpacks an archive into `target` by the same rules; the ratio is the ArchiveReader's. A name
/// that begins with ".wh." removes, as it does in a layer.
UnpackResult unpack_archive(ArchiveReader& archive, const std::filesystem::path& target,
                            const UnpackOptions& options = {});

/// A file found in layers.
struct FoundFile {
  std::string path;  ///< Where it lies, symlinks followed.
  Entry entry;
  std::string bytes;
};

/// Reads one file out of `layers` (the lowest first), as it would be after unpacking them: upper
/// layers win, whiteouts count, symlinks and hard links are followed within the root. One pass over
/// one layer when the top layer has it. Nothing when there is no such file, or when it is none
/// (a directory). Throws Error invalid when it is larger than `max_bytes`, and what reading throws.
[[nodiscard]] std::optional<FoundFile> find_file(oci::BlobReader& from,
                                                 std::span<const oci::Descriptor> layers,
                                                 std::string_view path, std::uint64_t max_bytes);

}  // namespace modulah::layer
