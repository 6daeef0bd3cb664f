// LayoutStore as a place for images: blobs and names. Listing and removing are in images.cc.
#include "modulah/store/layout_store.h"

#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/hash.h"
#include "modulah/image/layout_format.h"

#include "garbage.h"
#include "layout_state.h"

namespace modulah::store {

namespace {

constexpr const char* kRepairHint =
    "Run 'modulah fsck --repair', then build or pull the image again.";

/// Puts the file's path in front of what is wrong with its bytes, and takes care that nobody trusts
/// them any more.
class BlobSource : public Source {
 public:
  BlobSource(std::unique_ptr<Source> inner, BlobFiles& files, const oci::Digest& digest)
      : inner_(std::move(inner)), files_(files), digest_(digest) {}
  std::size_t read(std::span<std::byte> buffer) override {
    try {
      return inner_->read(buffer);
    } catch (Error& error) {
      if (error.kind() == ErrorKind::corrupt) {
        files_.note_damaged(digest_);
        error.advise(kRepairHint);
      }
      error.prepend(files_.path_of(digest_.hex()).native());
      throw;
    }
  }

 private:
  std::unique_ptr<Source> inner_;
  BlobFiles& files_;
  const oci::Digest digest_;
};

/// Has the kernel write a file to the disk while it is being made, so that there is little left to
/// wait for when it is synced.
class Writeback {
 public:
  void note(int fd, std::size_t bytes) {
    written_ += bytes;
    if (written_ < kPieceBytes) return;
    written_ = 0;
    start(fd);
  }
  static void start(int fd) { (void)::sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE); }

 private:
  static constexpr std::size_t kPieceBytes = 8 << 20;
  std::size_t written_ = 0;
};

/// Hashes what it writes to a temporary file, which gets its name in the end.
class FileBlobWriter : public image::BlobWriter {
 public:
  FileBlobWriter(const std::filesystem::path& temporary, unsigned mode, BlobFiles& files)
      : file_(temporary, mode), files_(files) {}

  void write(std::span<const std::byte> bytes) override {
    file_.write(bytes);
    hash_.write(bytes);
    if (files_.is_synced()) writeback_.note(file_.fd(), bytes.size());
  }
  oci::Descriptor commit(std::string_view media_type) override {
    const std::uint64_t size = hash_.count();
    oci::Descriptor descriptor{std::string(media_type), oci::Digest::from(hash_.finish()), size};
    // The same bytes may be there, and in use: they are left alone. They were made once more, so
    // the time to look whether they are still right does not matter.
    if (files_.has_right_bytes(descriptor.digest, size)) {
      (void)files_.is_good(descriptor.digest, size);
      return descriptor;
    }
    if (files_.is_synced()) writeback_.start(file_.fd());
    file_.commit(files_.path_of(descriptor.digest.hex()));
    files_.note_written(descriptor.digest);
    return descriptor;
  }

 private:
  AtomicFile file_;
  Sha256Sink hash_;
  BlobFiles& files_;
  Writeback writeback_;
};

}  // namespace

LayoutStore::LayoutStore(std::filesystem::path root, Access access, Role role,
                         const StoreOptions& options)
    : state_(std::make_unique<State>(std::move(root), access, role, options)) {
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
  state_->users = UsersLock::for_reader(state_->cache() / "users.lock", state_->lock_wait());
}

const std::filesystem::path& LayoutStore::root() const noexcept { return state_->root; }

std::filesystem::path LayoutStore::cache_directory() const { return state_->cache(); }

bool LayoutStore::has(const oci::Descriptor& blob) {
  return state_->blob_files.is_good(blob.digest, blob.size);
}

bool LayoutStore::has_file(const oci::Descriptor& blob) const {
  return state_->blob_files.is_present(blob.digest, blob.size);
}

std::unique_ptr<Source> LayoutStore::open(const oci::Descriptor& blob) {
  const std::filesystem::path path = state_->blob_files.path_of(blob.digest.hex());
  return with_context([&] { return fmt::format("blob {}", blob.digest.text()); },
                      [&]() -> std::unique_ptr<Source> {
                        auto file = std::make_unique<FileSource>(path);
                        struct stat status {};
                        if (::fstat(file->fd(), &status) == 0 &&
                            static_cast<std::uint64_t>(status.st_size) != blob.size)
                          throw Error(ErrorKind::corrupt,
                                      fmt::format("{} has {} bytes, not {}", path.native(),
                                                  status.st_size, blob.size),
                                      kRepairHint);
                        return std::make_unique<BlobSource>(
                            std::make_unique<oci::VerifyingSource>(std::move(file), blob),
                            state_->blob_files, blob.digest);
                      });
}

void LayoutStore::put(const oci::Descriptor& blob, Source& content) {
  state_->check_writable();
  if (has(blob)) return;
  oci::VerifyingSource verified(std::make_unique<ObservedSource>(content, [](std::size_t) {}),
                                blob);
  FileBlobWriter file(state_->temporary(), state_->file_mode(), state_->blob_files);
  copy(verified, file);
  (void)file.commit(blob.media_type);
}

std::optional<std::uint64_t> LayoutStore::free_bytes() {
  struct statvfs space {};
  if (::statvfs(state_->root.c_str(), &space) != 0 || space.f_blocks == 0) return std::nullopt;
  return std::uint64_t{space.f_bavail} * space.f_frsize;
}

std::unique_ptr<image::BlobWriter> LayoutStore::begin_blob() {
  state_->check_writable();
  return std::make_unique<FileBlobWriter>(state_->temporary(), state_->file_mode(),
                                          state_->blob_files);
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
  const auto is_done = [&](const LayoutIndex& index) {
    return index.has_tag(name, manifest) && !state_->is_overtaken(index, manifest.digest);
  };
  if (is_done(state_->read_index())) {
    if (state_->blob_files.has_unsettled()) state_->blob_files.settle({});
    return;
  }
  state_->blob_files.settle(find_needed(state_->blobs(), manifest.digest.text()));
  state_->change_index([&](LayoutIndex& index) {
    if (is_done(index)) return false;
    // An image that comes back, as when a change to its sources was undone, was added now.
    if (state_->role == Role::store && !name.empty() && !index.is_named(manifest.digest))
      state_->blob_files.renew(manifest.digest);
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
