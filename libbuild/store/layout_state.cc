// The layout's own files: making them, and changing the index under its lock.
#include "layout_state.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/system_error.h"
#include "modulah/image/layout_format.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"

#include "garbage.h"

namespace modulah::store {

namespace {

constexpr std::uint64_t kMaxMarkerBytes = 4096;

/// True when there is nothing in `directory` but what an interrupted start of ours left and, in a
/// store, the folder of the caches: running a module's file makes that before there is an image.
bool is_as_good_as_empty(const std::filesystem::path& directory, Role role) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().native();
    const bool is_cache = role == Role::store && name == "cache";
    if (!is_cache && !name.starts_with(".tmp-")) return false;
  }
  if (error == std::errc::no_such_file_or_directory) return true;
  if (error) throw_system_error(fmt::format("open {}", directory.native()), error.value());
  return true;
}

}  // namespace

std::filesystem::path LayoutStore::State::index_path() const { return root / image::kIndexName; }

LockWait LayoutStore::State::lock_wait() const {
  LockWait wait{.stop = options.stop, .report = {}};
  if (options.reporter != nullptr)
    wait.report = [this](const std::string& holder) {
      options.reporter->warning(
          fmt::format("waiting for {}, which is using {}", holder, root.native()));
    };
  return wait;
}

bool LayoutStore::State::is_layout() const {
  const std::filesystem::path marker = root / image::kLayoutMarkerName;
  if (const auto text = read_file_if_exists(marker, kMaxMarkerBytes)) {
    image::check_layout_marker(*text, marker.native());
    return true;
  }
  // Another process may have made the layout between the two looks.
  std::error_code error;
  if (!is_as_good_as_empty(root, role) && !std::filesystem::exists(marker, error))
    throw Error(ErrorKind::invalid,
                fmt::format("{} is not empty and is not an OCI image layout", root.native()),
                "Name a directory that is new, empty or an OCI image layout.");
  return std::filesystem::exists(marker, error);
}

void LayoutStore::State::make_directories(const std::filesystem::path& path) const {
  if (role == Role::store) {
    make_private_directories(path);
  } else {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error)
      throw_system_error(fmt::format("make the directory {}", path.native()), error.value());
  }
  // Its name lies in its parent.
  if (options.is_synced) sync_directory(path.parent_path());
}

void LayoutStore::State::make_marker() const {
  AtomicFile file(root, file_mode());
  file.write(as_bytes(image::kLayoutMarker));
  if (options.is_synced) sync_to_disk(file.fd(), file.temporary_path());
  // Linked, not renamed: the first process wins, and the file that carries the lock stays.
  const std::filesystem::path marker = root / image::kLayoutMarkerName;
  if (::link(file.temporary_path().c_str(), marker.c_str()) != 0 && errno != EEXIST)
    throw_system_error(fmt::format("write {}", marker.native()), errno);
}

void LayoutStore::State::make_layout() {
  if (!is_layout()) {
    make_directories(root);
    // The marker first: from then on an interrupted start is resumed.
    make_marker();
  }
  if (role == Role::store) narrow();
  struct stat status {};
  if (::stat(blobs().c_str(), &status) != 0) {
    make_directories(blobs().parent_path());
    make_directories(blobs());
  }
  if (role == Role::store && ::stat(temporary().c_str(), &status) != 0)
    make_directories(temporary());
  if (role == Role::store) users.emplace(cache() / "users.lock", lock_wait());
  (void)remove_leftovers(temporary());
  if (::stat(index_path().c_str(), &status) != 0) change_index([](LayoutIndex&) { return true; });
}

void LayoutStore::State::narrow() const {
  constexpr mode_t kOthers = 077;
  struct stat status {};
  if (::stat(root.c_str(), &status) != 0 || status.st_uid != ::geteuid() ||
      (status.st_mode & kOthers) == 0)
    return;
  // The root first: then nobody else gets any further. What is in it was made without care for
  // that, by an earlier version or another tool.
  (void)::chmod(root.c_str(), 0700);
  std::vector<std::filesystem::path> directories = {root, blobs().parent_path(), blobs(), cache()};
  for (const std::filesystem::path& directory : directories) {
    std::error_code error;
    for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
      const std::filesystem::path& path = entry->path();
      if (::lstat(path.c_str(), &status) == 0 && status.st_uid == ::geteuid() &&
          !S_ISLNK(status.st_mode) && (status.st_mode & kOthers) != 0)
        (void)::chmod(path.c_str(), status.st_mode & 07777 & ~kOthers);
    }
  }
}

void LayoutStore::State::check_writable() const {
  if (access == Access::read)
    throw Error(ErrorKind::usage, fmt::format("{} was opened for reading only", root.native()));
}

LayoutIndex LayoutStore::State::read_index() const { return LayoutIndex::read(index_path()); }

IndexFile LayoutStore::State::index_file() const {
  IndexFile file{index_path(), temporary(), std::nullopt, file_mode(), options.is_synced};
  if (role == Role::store) file.reserve = cache() / "reserve";
  return file;
}

void LayoutStore::State::change_locked(const std::function<bool(LayoutIndex&)>& change) const {
  LayoutIndex index = read_index();
  if (change(index)) index_file().write(index.dump());
}

void LayoutStore::State::change_index(const std::function<bool(LayoutIndex&)>& change) {
  check_writable();
  // The marker file is always there and never replaced, so it can carry the lock.
  const FileLock lock(root / image::kLayoutMarkerName, FileLock::Mode::exclusive, lock_wait());
  change_locked(change);
}

std::uint64_t LayoutStore::State::change_index_on_full_disk(
    const std::function<bool(LayoutIndex&)>& change) {
  try {
    change_index(change);
    return 0;
  } catch (const SystemError& error) {
    if (!error.is_disk_full() || role != Role::store) throw;
  }
  std::uint64_t freed = remove_small_caches(cache());
  try {
    change_index(change);
    return freed;
  } catch (const SystemError& error) {
    if (!error.is_disk_full() || !users) throw;
  }
  // Nothing is left but to remove blobs first. Killed in between, we leave an image that is listed
  // and incomplete, which can be removed like any other.
  const bool is_alone = users->alone([&] {
    const FileLock lock(root / image::kLayoutMarkerName, FileLock::Mode::exclusive, lock_wait());
    LayoutIndex index = read_index();
    if (!change(index)) return;
    const std::string text = index.dump();
    freed += remove_unneeded(blobs(), find_needed(blobs(), text));
    index_file().write(text);
  });
  if (!is_alone)
    throw Error(ErrorKind::io,
                fmt::format("write {}: no space left on device", index_path().native()),
                "Others are using the store, so no blobs could be removed first; try again later.");
  return freed;
}

bool LayoutStore::State::is_overtaken(const LayoutIndex& index, const oci::Digest& manifest) const {
  const std::vector<oci::Descriptor>& entries = index.entries();
  const auto last = std::find_if(entries.rbegin(), entries.rend(),
                                 [&](const auto& entry) { return entry.digest == manifest; });
  if (role == Role::layout || last == entries.rbegin() || last == entries.rend()) return false;
  // Most builds change nothing, and find their image here among many: so the other manifests are
  // searched for the digest and not parsed.
  const auto text_of = [&](const oci::Descriptor& entry) {
    return oci::is_manifest(entry.media_type)
               ? read_file_if_exists(blob_files.path_of(entry.digest.hex()), oci::kMaxDocumentBytes)
                     .value_or("")
               : std::string();
  };
  const std::string own = text_of(*last);
  if (own.empty()) return false;
  const std::string config = oci::parse_manifest(own, manifest.text()).config.digest.text();
  return std::any_of(entries.rbegin(), last, [&](const oci::Descriptor& entry) {
    return text_of(entry).find(config) != std::string::npos;
  });
}

void LayoutStore::State::collect_garbage(Removal& removal) {
  if (!users) return;  // A layout that is not ours alone keeps its blobs.
  const bool is_done = users->alone([&] {
    const FileLock lock(root / image::kLayoutMarkerName, FileLock::Mode::exclusive, lock_wait());
    const auto needed = find_needed(blobs(), read_index().text());
    removal.freed_bytes += remove_unneeded(blobs(), needed);
    // What killed processes left half-written: nobody else is writing.
    std::error_code ignored;
    for (const auto& file : std::filesystem::directory_iterator(temporary(), ignored))
      (void)remove_tree(file.path());
  });
  removal.is_put_off = !is_done;
}

}  // namespace modulah::store
