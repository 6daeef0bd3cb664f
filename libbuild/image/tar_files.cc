// Looks through a tar's headers, and reads parts of the file.
#include "tar_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/compress.h"
#include "modulah/base/error.h"
#include "modulah/image/tar_source.h"

namespace modulah::image {

namespace {

/// How many files and links an archive may have.
constexpr std::size_t kMaxFiles = 200'000;

std::uint64_t size_of_file(int fd, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) throw_system_error(fmt::format("read {}", path.native()), errno);
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

/// Reads a part of an open file, at its own place; so several can be read at once.
class TarFiles::WindowSource : public Source {
 public:
  WindowSource(int fd, Window window, const std::filesystem::path& path)
      : fd_(fd), window_(window), path_(path) {}

  std::size_t read(std::span<std::byte> buffer) override {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), window_.size));
    if (wanted == 0) return 0;
    ssize_t count = 0;
    do {
      count = ::pread(fd_, buffer.data(), wanted, static_cast<off_t>(window_.offset));
    } while (count < 0 && errno == EINTR);
    if (count < 0) throw_system_error(fmt::format("read {}", path_.native()), errno);
    skip(static_cast<std::uint64_t>(count));
    return static_cast<std::size_t>(count);
  }
  /// Moves on without reading, at most to the end.
  void skip(std::uint64_t count) {
    count = std::min(count, window_.size);
    window_.offset += count;
    window_.size -= count;
  }

 private:
  const int fd_;
  Window window_;
  const std::filesystem::path& path_;
};

TarFiles::TarFiles(std::filesystem::path path)
    : path_(std::move(path)), file_(path_), size_(size_of_file(file_.fd(), path_)) {
  refuse_compressed();
  find_files();
}

void TarFiles::refuse_compressed() const {
  std::array<std::byte, kDetectBytes> first{};
  WindowSource source(file_.fd(), {0, size_}, path_);
  const std::size_t count = source.read(first);
  const Compression compression = detect_compression(std::span(first).first(count));
  if (compression != Compression::none)
    throw Error(ErrorKind::unsupported,
                fmt::format("{} is compressed with {}", path_.native(), to_string(compression)),
                "Decompress the archive first: its blobs are compressed already.");
}

void TarFiles::find_files() {
  WindowSource source(file_.fd(), {0, size_}, path_);
  TarSource tar(source, path_.native(), [&](std::uint64_t count) { source.skip(count); });
  while (const std::optional<TarEntry> entry = tar.next()) {
    // Of several entries with one name the last one counts, as in tar.
    files_.erase(entry->path);
    links_.erase(entry->path);
    if (entry->type == EntryType::symlink || entry->type == EntryType::hardlink)
      links_.insert(entry->path);
    if (entry->type == EntryType::file) {
      if (tar.content_offset() + entry->size > size_)
        throw Error(ErrorKind::corrupt, fmt::format("{}: the tar is cut off within \"{}\"",
                                                    path_.native(), entry->path));
      files_[entry->path] = {tar.content_offset(), entry->size};
    }
    if (files_.size() + links_.size() > kMaxFiles)
      throw Error(ErrorKind::invalid,
                  fmt::format("{} has more than {} files", path_.native(), kMaxFiles));
  }
}

std::optional<std::uint64_t> TarFiles::size_of(std::string_view name) const {
  const auto found = files_.find(name);
  return found == files_.end() ? std::nullopt : std::optional(found->second.size);
}

std::unique_ptr<Source> TarFiles::open(std::string_view name) const {
  const auto found = files_.find(name);
  if (found == files_.end())
    throw Error(ErrorKind::not_found, fmt::format("{} has no file {}", path_.native(), name));
  return std::make_unique<WindowSource>(file_.fd(), found->second, path_);
}

std::optional<std::string> TarFiles::text_of(std::string_view name, std::uint64_t max_bytes) const {
  if (!files_.contains(name)) return std::nullopt;
  return read_all(*open(name), max_bytes, fmt::format("{}: {}", path_.native(), name));
}

}  // namespace modulah::image
