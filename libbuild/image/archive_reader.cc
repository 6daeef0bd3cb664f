// Reads an OCI layout in a tar: looks through the headers once, then reads blobs where they lie.
#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/compress.h"
#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/image/archive.h"
#include "modulah/image/layout_format.h"
#include "modulah/image/tar_source.h"
#include "modulah/oci/index.h"
#include "modulah/oci/manifest.h"

namespace modulah::image {

namespace {

/// How many files an archive may have.
constexpr std::size_t kMaxFiles = 200'000;
constexpr std::uint64_t kMaxMarkerBytes = 4096;

/// Where a file's content lies, in bytes.
struct Window {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// Reads a part of an open file, at its own place; so several can be read at once.
class WindowSource : public Source {
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
  const std::filesystem::path path_;
};

}  // namespace

struct ArchiveReader::State {
  explicit State(std::filesystem::path archive)
      : path(std::move(archive)), file(path), size(size_of_file()) {
    refuse_compressed();
    find_files();
    const std::optional<std::string> marker = text_of(kLayoutMarkerName, kMaxMarkerBytes);
    const std::optional<std::string> index = text_of(kIndexName, oci::kMaxDocumentBytes);
    if (!marker || !index)
      throw Error(
          ErrorKind::invalid,
          fmt::format("{} has no {} in it", path.native(), marker ? kIndexName : kLayoutMarkerName),
          "An oci-archive is a tar of an OCI image layout.");
    check_layout_marker(*marker, fmt::format("{}: {}", path.native(), kLayoutMarkerName));
    entries = oci::parse_index(*index, fmt::format("{}: {}", path.native(), kIndexName)).manifests;
  }

  [[nodiscard]] std::uint64_t size_of_file() const {
    struct stat status {};
    if (::fstat(file.fd(), &status) != 0)
      throw_system_error(fmt::format("read {}", path.native()), errno);
    return static_cast<std::uint64_t>(status.st_size);
  }

  void refuse_compressed() const {
    std::array<std::byte, kDetectBytes> first{};
    WindowSource source(file.fd(), {0, size}, path);
    const std::size_t count = source.read(first);
    const Compression compression = detect_compression(std::span(first).first(count));
    if (compression != Compression::none)
      throw Error(ErrorKind::unsupported,
                  fmt::format("{} is compressed with {}", path.native(), to_string(compression)),
                  "Decompress the archive first: its blobs are compressed already.");
  }

  void find_files() {
    WindowSource source(file.fd(), {0, size}, path);
    TarSource tar(source, path.native(), [&](std::uint64_t count) { source.skip(count); });
    while (const std::optional<TarEntry> entry = tar.next()) {
      if (entry->type != EntryType::file) continue;
      if (tar.content_offset() + entry->size > size)
        throw Error(ErrorKind::corrupt, fmt::format("{}: the tar is cut off within \"{}\"",
                                                    path.native(), entry->path));
      files[entry->path] = {tar.content_offset(), entry->size};
      if (files.size() > kMaxFiles)
        throw Error(ErrorKind::invalid,
                    fmt::format("{} has more than {} files", path.native(), kMaxFiles));
    }
  }

  [[nodiscard]] std::optional<std::string> text_of(std::string_view name,
                                                   std::uint64_t max_bytes) const {
    const auto found = files.find(name);
    if (found == files.end()) return std::nullopt;
    WindowSource source(file.fd(), found->second, path);
    return read_all(source, max_bytes, fmt::format("{}: {}", path.native(), name));
  }

  const std::filesystem::path path;
  const FileSource file;
  const std::uint64_t size;
  std::map<std::string, Window, std::less<>> files;
  std::vector<oci::Descriptor> entries;  ///< Of the index.
};

ArchiveReader::ArchiveReader(std::filesystem::path path)
    : state_(std::make_unique<State>(std::move(path))) {}
ArchiveReader::~ArchiveReader() = default;

bool ArchiveReader::has(const oci::Descriptor& blob) {
  const auto found = state_->files.find(blob_path(blob.digest));
  return found != state_->files.end() && found->second.size == blob.size;
}

std::unique_ptr<Source> ArchiveReader::open(const oci::Descriptor& blob) {
  const auto found = state_->files.find(blob_path(blob.digest));
  if (found == state_->files.end())
    throw Error(ErrorKind::not_found,
                fmt::format("{} has no blob {}", state_->path.native(), blob.digest.text()));
  return std::make_unique<oci::VerifyingSource>(
      std::make_unique<WindowSource>(state_->file.fd(), found->second, state_->path), blob);
}

void ArchiveReader::put(const oci::Descriptor& blob, Source&) {
  throw Error(ErrorKind::unsupported, fmt::format("{} is complete: {} cannot be added",
                                                  state_->path.native(), blob.digest.text()));
}

std::optional<oci::Descriptor> ArchiveReader::resolve(std::string_view name) {
  return find_entry(state_->entries, name, state_->path.native());
}

void ArchiveReader::tag(std::string_view name, const oci::Descriptor&) {
  throw Error(ErrorKind::unsupported,
              fmt::format("{} is complete: \"{}\" cannot be added", state_->path.native(), name));
}

}  // namespace modulah::image
