// Reads an OCI layout in a tar: looks through the headers once, then reads blobs where they are.
#include <vector>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/image/archive.h"
#include "modulah/image/layout_format.h"
#include "modulah/oci/index.h"
#include "modulah/oci/manifest.h"

#include "tar_files.h"

namespace modulah::image {

namespace {

constexpr std::uint64_t kMaxMarkerBytes = 4096;

}  // namespace

struct ArchiveReader::State {
  explicit State(std::filesystem::path archive) : files(std::move(archive)) {
    const std::string& path = files.path().native();
    const std::optional<std::string> marker = files.text_of(kLayoutMarkerName, kMaxMarkerBytes);
    const std::optional<std::string> index = files.text_of(kIndexName, oci::kMaxDocumentBytes);
    if (!marker || !index)
      throw Error(ErrorKind::invalid,
                  fmt::format("{} has no {} in it", path, marker ? kIndexName : kLayoutMarkerName),
                  "An oci-archive is a tar of an OCI image layout.");
    check_layout_marker(*marker, fmt::format("{}: {}", path, kLayoutMarkerName));
    entries = oci::parse_index(*index, fmt::format("{}: {}", path, kIndexName)).manifests;
  }

  [[nodiscard]] const std::string& path() const { return files.path().native(); }

  const TarFiles files;
  std::vector<oci::Descriptor> entries;  ///< Of the index.
};

ArchiveReader::ArchiveReader(std::filesystem::path path)
    : state_(std::make_unique<State>(std::move(path))) {}
ArchiveReader::~ArchiveReader() = default;

bool ArchiveReader::has(const oci::Descriptor& blob) {
  return state_->files.size_of(blob_path(blob.digest)) == blob.size;
}

std::unique_ptr<Source> ArchiveReader::open(const oci::Descriptor& blob) {
  const std::string name = blob_path(blob.digest);
  if (!state_->files.size_of(name))
    throw Error(ErrorKind::not_found,
                fmt::format("{} has no blob {}", state_->path(), blob.digest.text()));
  return std::make_unique<oci::VerifyingSource>(state_->files.open(name), blob);
}

void ArchiveReader::put(const oci::Descriptor& blob, Source&) {
  throw Error(ErrorKind::unsupported, fmt::format("{} is complete: {} cannot be added",
                                                  state_->path(), blob.digest.text()));
}

std::optional<oci::Descriptor> ArchiveReader::resolve(std::string_view name) {
  return find_entry(state_->entries, name, state_->path());
}

void ArchiveReader::tag(std::string_view name, const oci::Descriptor&) {
  throw Error(ErrorKind::unsupported,
              fmt::format("{} is complete: \"{}\" cannot be added", state_->path(), name));
}

const std::vector<oci::Descriptor>& ArchiveReader::entries() const { return state_->entries; }

}  // namespace modulah::image
