// The files of a tar on disk, found by looking through its headers once, and read in place.
// Internal to the readers of archives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "modulah/base/files.h"
#include "modulah/base/io.h"

namespace modulah::image {

/// Safe to use from several threads at once. Links are never followed: see `is_link`.
class TarFiles {
 public:
  /// Throws Error: not_found, denied, io; corrupt for what is not a tar; unsupported when it is
  /// compressed; invalid when it has more files than anybody needs.
  explicit TarFiles(std::filesystem::path path);

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// The size of a file, or nothing when there is no file of this name.
  [[nodiscard]] std::optional<std::uint64_t> size_of(std::string_view name) const;
  /// True for the name of a symbolic or hard link.
  [[nodiscard]] bool is_link(std::string_view name) const { return links_.contains(name); }
  /// Reads a file, which must be there. The source must not outlive this.
  [[nodiscard]] std::unique_ptr<Source> open(std::string_view name) const;
  /// A small file, or nothing. Throws Error invalid when it is larger than `max_bytes`.
  [[nodiscard]] std::optional<std::string> text_of(std::string_view name,
                                                   std::uint64_t max_bytes) const;

 private:
  /// Where a file's content is, in bytes.
  struct Window {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };
  class WindowSource;

  void refuse_compressed() const;
  void find_files();

  const std::filesystem::path path_;
  const FileSource file_;
  std::uint64_t size_ = 0;
  std::map<std::string, Window, std::less<>> files_;
  std::set<std::string, std::less<>> links_;
};

}  // namespace modulah::image
