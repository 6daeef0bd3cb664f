// Writes an OCI layout into one tar, blob by blob as they come.
//
// A tar has each file's size before its content. Blobs are named by descriptors, which
// say the size, so content streams straight through; only the index, which names all, comes last.
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/image/archive.h"
#include "modulah/image/layout_format.h"
#include "modulah/image/tar.h"
#include "modulah/oci/index.h"
#include "modulah/oci/media_type.h"

namespace modulah::image {

namespace {

std::filesystem::path directory_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace

struct ArchiveWriter::State {
  explicit State(std::filesystem::path target) : path(std::move(target)), file(directory_of(path)) {
    add_directory("blobs");
    add_directory("blobs/sha256");
  }

  void write_header(const TarEntry& entry) {
    std::string header;
    append_tar_header(header, entry);
    file.write(as_bytes(header));
  }
  void write_zeros(std::size_t count) { file.write(as_bytes(std::string(count, '\0'))); }
  void add_directory(std::string name) {
    TarEntry entry;
    entry.path = std::move(name);
    entry.type = EntryType::directory;
    entry.mode = 0755;
    write_header(entry);
  }
  void add_file(std::string name, std::uint64_t size, Source& content) {
    TarEntry entry;
    entry.path = std::move(name);
    entry.size = size;
    write_header(entry);
    copy(content, file);
    write_zeros(tar_padding(size));
  }
  void add_text(std::string_view name, std::string_view text) {
    SpanSource content(text);
    add_file(std::string(name), text.size(), content);
  }

  const std::filesystem::path path;
  std::mutex mutex;  // Guards all below.
  AtomicFile file;
  std::set<oci::Digest> blobs;
  std::vector<oci::Descriptor> names;  ///< The entries of the index.
  bool is_broken = false;              ///< A blob was cut off: the tar cannot be repaired.
};

ArchiveWriter::ArchiveWriter(std::filesystem::path path)
    : state_(std::make_unique<State>(std::move(path))) {}
ArchiveWriter::~ArchiveWriter() = default;

bool ArchiveWriter::has(const oci::Descriptor& blob) {
  const std::scoped_lock lock(state_->mutex);
  return state_->blobs.contains(blob.digest);
}

std::unique_ptr<Source> ArchiveWriter::open(const oci::Descriptor& blob) {
  throw Error(ErrorKind::unsupported, fmt::format("{} is being written: {} cannot be read from it",
                                                  state_->path.native(), blob.digest.text()));
}

void ArchiveWriter::put(const oci::Descriptor& blob, Source& content) {
  const std::scoped_lock lock(state_->mutex);
  if (state_->blobs.contains(blob.digest)) return;
  const bool was_broken = std::exchange(state_->is_broken, true);
  oci::VerifyingSource verified(std::make_unique<ObservedSource>(content, [](std::size_t) {}),
                                blob);
  state_->add_file(blob_path(blob.digest), blob.size, verified);
  state_->is_broken = was_broken;
  state_->blobs.insert(blob.digest);
}

std::optional<oci::Descriptor> ArchiveWriter::resolve(std::string_view name) {
  const std::scoped_lock lock(state_->mutex);
  return find_entry(state_->names, name, state_->path.native());
}

void ArchiveWriter::tag(std::string_view name, const oci::Descriptor& manifest) {
  const std::scoped_lock lock(state_->mutex);
  if (!state_->blobs.contains(manifest.digest))
    throw Error(ErrorKind::not_found, fmt::format("{} has no manifest {} to be named",
                                                  state_->path.native(), manifest.digest.text()));
  oci::Descriptor entry = manifest;
  if (!name.empty()) {
    std::erase_if(state_->names, [&](const auto& other) { return ref_name(other) == name; });
    entry.annotations.insert_or_assign(std::string(kRefName), std::string(name));
  }
  state_->names.push_back(std::move(entry));
}

void ArchiveWriter::commit() {
  const std::scoped_lock lock(state_->mutex);
  if (state_->is_broken)
    throw Error(ErrorKind::io, fmt::format("{} is not complete", state_->path.native()));
  oci::Index index;
  index.media_type = oci::media_type::kOciIndex;
  index.manifests = state_->names;
  state_->add_text(kIndexName, oci::to_json(index));
  state_->add_text(kLayoutMarkerName, kLayoutMarker);
  state_->write_zeros(kTarEndBytes);
  state_->file.commit(state_->path);
}

}  // namespace modulah::image
