// The files of a store's blobs: whether one is what its name says, and whether it is on the disk;
// internal.
//
// A blob is settled when its bytes were checked against its digest and have been synced to the
// disk, together with its name. Settling leaves a mark that costs one stat() to see: the file's
// modification time has a certain number of nanoseconds. Whatever writes to the file later, or
// copies it carelessly, changes that time, and so takes the mark away.
//
//   written or received ──> in its place, not settled: whoever reuses it checks the digest first
//                       ──> before a name points to it: synced, the mark set: settled
//
// So a power failure leaves no blob that is trusted and wrong, several processes need not tell each
// other what they have synced, and reusing a settled blob costs nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <set>
#include <string>

#include "modulah/oci/digest.h"

namespace modulah::store {

using HexDigests = std::set<std::string, std::less<>>;

/// Safe to use from several threads at once.
class BlobFiles {
 public:
  /// `is_synced`: settling waits for the disk; otherwise it only sets the mark.
  BlobFiles(std::filesystem::path directory, bool is_synced);

  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_; }
  [[nodiscard]] std::filesystem::path path_of(std::string_view hex) const {
    return directory_ / hex;
  }
  [[nodiscard]] bool is_synced() const noexcept { return is_synced_; }

  /// True when there is a file of this size. Its bytes may be wrong.
  [[nodiscard]] bool is_present(const oci::Digest& digest, std::uint64_t size) const;
  /// True when there is a file of this size with the right bytes. One that is not settled is read
  /// for that, once. What cannot be read counts as not there.
  [[nodiscard]] bool is_good(const oci::Digest& digest, std::uint64_t size);
  /// The same, but the bytes are read even when the blob is settled.
  [[nodiscard]] bool has_right_bytes(const oci::Digest& digest, std::uint64_t size) const;

  /// The blob was just written with the right bytes.
  void note_written(const oci::Digest& digest);
  /// The blob was read and is wrong: it counts as not settled from now on. Also for a reader; what
  /// cannot be marked stays as it is.
  void note_damaged(const oci::Digest& digest) noexcept;
  /// Sets the time of a settled blob to now; it stays settled. Nothing for one that is not:
  /// settling sets its time.
  void renew(const oci::Digest& digest) noexcept;
  /// True when this object wrote or checked blobs that are not settled yet.
  [[nodiscard]] bool has_unsettled() const;

  /// Settles all that note_written() and is_good() were about, and those of `needed` that are
  /// there: their bytes are checked where that was not done yet. All files are synced side by side,
  /// then the directory once; nothing at all when everything is settled. Throws Error corrupt for a
  /// blob of `needed` with wrong bytes, and what syncing throws.
  void settle(const HexDigests& needed);

 private:
  [[nodiscard]] std::vector<std::string> find_unsettled(const HexDigests& needed);

  const std::filesystem::path directory_;
  const bool is_synced_;
  mutable std::mutex mutex_;
  HexDigests good_;  ///< Right, but not settled. Guarded by `mutex_`.
};

/// True when the file at `path` is a blob with the mark.
[[nodiscard]] bool is_settled(const std::filesystem::path& path);

}  // namespace modulah::store
