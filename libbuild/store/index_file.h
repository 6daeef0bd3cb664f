// Writing index.json, also when there is no room left; internal.
//
// Removing an image means writing an index without it, and that must be possible on a full disk. So
// a store keeps a reserve: a file whose blocks are allocated already. When a new file cannot be
// written, the reserve becomes the index: its bytes are overwritten in place, then it is renamed.
// That takes no block and no inode, and is as atomic as the usual way.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace modulah::store {

struct IndexFile {
  std::filesystem::path path;
  std::filesystem::path temporary;               ///< A directory on the same filesystem.
  std::optional<std::filesystem::path> reserve;  ///< Nothing for a layout that is not ours.
  unsigned mode = 0600;
  bool is_synced = true;

  /// Replaces the index, and makes the reserve large enough for the next one. Throws Error; then
  /// the index is unchanged. The caller holds the index's lock.
  void write(std::string_view text) const;

 private:
  void write_new(std::string_view text) const;
  /// False when there is no reserve, or it is too small.
  [[nodiscard]] bool write_reserve(std::string_view text) const;
  void keep_reserve(std::size_t text_bytes) const noexcept;
};

}  // namespace modulah::store
