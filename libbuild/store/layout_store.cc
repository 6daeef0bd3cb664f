// LayoutStore as a place for images: blobs and names. Listing and removing are in images.cc.
#include "modulah/store/layout_store.h"

#include <utility>

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/hash.h"
#include "modulah/image/layout_format.h"

#include "layout_state.h"

namespace modulah::store {

namespace {

/// Puts the file's path in front of what is wrong with its bytes.
class PathSource : public Source {
 public:
  PathSource(std::unique_ptr<Source> inner, std::filesystem::path path)
      : inner_(std::move(inner)), path_(std::move(path)) {}
  std::size_t read(std::span<std::byte> buffer) override {
    return with_context([&] { return path_.native(); }, [&] { return inner_->read(buffer); });
  }

 private:
  std::unique_ptr<Source> inner_;
  const std::filesystem::path path_;
};

/// Hashes what it writes to a temporary file, which gets its name in the end.
class FileBlobWriter : public image::BlobWriter {
 public:
  FileBlobWriter(const std::filesystem::path& temporary, std::filesystem::path root)
      : file_(temporary), root_(std::move(root)) {}

  void write(std::span<const std::byte> bytes) override {
    file_.write(bytes);
    hash_.write(bytes);
  }
  oci::Descriptor commit(std::string_view media_type) override {
    const std::uint64_t size = hash_.count();
    oci::Descriptor descriptor{std::string(media_type), oci::Digest::from(hash_.finish()), size};
    const std::filesystem::path path = root_ / image::blob_path(descriptor.digest);
    // The same bytes may be there, and in use: they are left alone.
    struct stat status {};
    const bool is_there = ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
                          static_cast<std::uint64_t>(status.st_size) == size;
    if (!is_there) file_.commit(path);
    return descriptor;
  }

 private:
  AtomicFile file_;
  Sha256Sink hash_;
  const std::filesystem::path root_;
};

}  // namespace

LayoutStore::LayoutStore(std::filesystem::path root, Access access, Role role)
    : state_(std::make_unique<State>(std::move(root), access, role)) {
  if (access == Access::write) {
    try {
      state_->make_layout();
    } catch (Error& error) {
      if (role == Role::store && error.kind() == ErrorKind::denied)
        error.advise(fmt::format("Images are kept in {}; --root names another place.",
                                 state_->root.native()));
      throw;
    }
    return;
  }
  if (!state_->is_layout() && role == Role::layout)
    throw Error(ErrorKind::not_found,
                fmt::format("{} has no OCI image layout", state_->root.native()));
}

LayoutStore::~LayoutStore() = default;

void LayoutStore::hold_blobs() {
  if (state_->users || state_->role != Role::store) return;
  state_->users = UsersLock::for_reader(state_->cache() / "users.lock");
}

const std::filesystem::path& LayoutStore::root() const noexcept { return state_->root; }

std::filesystem::path LayoutStore::cache_directory() const { return state_->cache(); }

bool LayoutStore::has(const oci::Descriptor& blob) { return state_->has(blob.digest, blob.size); }

std::unique_ptr<Source> LayoutStore::open(const oci::Descriptor& blob) {
  const std::filesystem::path path = state_->path_of(blob.digest);
  return with_context([&] { return fmt::format("blob {}", blob.digest.text()); },
                      [&]() -> std::unique_ptr<Source> {
                        auto file = std::make_unique<FileSource>(path);
                        struct stat status {};
                        if (::fstat(file->fd(), &status) == 0 &&
                            static_cast<std::uint64_t>(status.st_size) != blob.size)
                          throw Error(ErrorKind::corrupt,
                                      fmt::format("{} has {} bytes, not {}", path.native(),
                                                  status.st_size, blob.size),
                                      "Build or pull the image again.");
                        return std::make_unique<PathSource>(
                            std::make_unique<oci::VerifyingSource>(std::move(file), blob), path);
                      });
}

void LayoutStore::put(const oci::Descriptor& blob, Source& content) {
  state_->check_writable();
  if (has(blob)) return;
  oci::VerifyingSource verified(std::make_unique<ObservedSource>(content, [](std::size_t) {}),
                                blob);
  AtomicFile file(state_->temporary());
  copy(verified, file);
  file.commit(state_->path_of(blob.digest));
}

std::optional<std::uint64_t> LayoutStore::free_bytes() {
  struct statvfs space {};
  if (::statvfs(state_->root.c_str(), &space) != 0 || space.f_blocks == 0) return std::nullopt;
  return std::uint64_t{space.f_bavail} * space.f_frsize;
}

std::unique_ptr<image::BlobWriter> LayoutStore::begin_blob() {
  state_->check_writable();
  return std::make_unique<FileBlobWriter>(state_->temporary(), state_->root);
}

std::optional<oci::Descriptor> LayoutStore::resolve(std::string_view name) {
  return image::find_entry(state_->read_index().entries(), name, state_->root.native());
}

void LayoutStore::tag(std::string_view name, const oci::Descriptor& manifest) {
  state_->check_writable();
  if (!has(manifest))
    throw Error(ErrorKind::not_found, fmt::format("{} has no manifest {} to be named",
                                                  state_->root.native(), manifest.digest.text()));
  // Looked at without the lock first: most builds change nothing.
  if (state_->read_index().has_tag(name, manifest)) return;
  state_->change_index([&](LayoutIndex& index) {
    if (index.has_tag(name, manifest)) return false;
    index.tag(name, manifest);
    return true;
  });
}

std::uint64_t LayoutStore::disk_usage() {
  std::uint64_t total = 0;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(state_->blobs(), error)) {
    std::error_code gone;
    const std::uintmax_t size = file.file_size(gone);
    total += gone ? 0 : size;
  }
  if (error && error != std::errc::no_such_file_or_directory)
    throw_system_error(fmt::format("read {}", state_->blobs().native()), error.value());
  return total;
}

}  // namespace modulah::store
