// The layout's own files: making them, and changing the index under its lock.
#include "layout_state.h"

#include <cerrno>

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/image/layout_format.h"

#include "garbage.h"

namespace modulah::store {

namespace {

constexpr std::uint64_t kMaxMarkerBytes = 4096;

void make_directories(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) throw_system_error(fmt::format("make the directory {}", path.native()), error.value());
}

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

std::filesystem::path LayoutStore::State::path_of(const oci::Digest& digest) const {
  return root / image::blob_path(digest);
}

std::filesystem::path LayoutStore::State::index_path() const { return root / image::kIndexName; }

bool LayoutStore::State::has(const oci::Digest& digest, std::uint64_t size) const {
  struct stat status {};
  return ::stat(path_of(digest).c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         static_cast<std::uint64_t>(status.st_size) == size;
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
                fmt::format("{} has files in it and is no OCI image layout", root.native()),
                "Name a directory that is new, empty or an OCI image layout.");
  return std::filesystem::exists(marker, error);
}

void LayoutStore::State::make_marker() const {
  AtomicFile file(root);
  file.write(as_bytes(image::kLayoutMarker));
  // Linked and not renamed: whoever is first wins, and the file that carries the lock stays.
  const std::filesystem::path marker = root / image::kLayoutMarkerName;
  if (::link(file.temporary_path().c_str(), marker.c_str()) != 0 && errno != EEXIST)
    throw_system_error(fmt::format("write {}", marker.native()), errno);
}

void LayoutStore::State::make_layout() {
  if (!is_layout()) {
    make_directories(root);
    // The marker first: from then on an interrupted start is taken up where it stopped.
    make_marker();
  }
  struct stat status {};
  if (::stat(blobs().c_str(), &status) != 0) make_directories(blobs());
  if (role == Role::store && ::stat(temporary().c_str(), &status) != 0)
    make_directories(temporary());
  if (role == Role::store) users.emplace(cache() / "users.lock");
  remove_leftovers(temporary());
  if (::stat(index_path().c_str(), &status) != 0) change_index([](LayoutIndex&) { return true; });
}

void LayoutStore::State::check_writable() const {
  if (access == Access::read)
    throw Error(ErrorKind::usage, fmt::format("{} was opened for reading only", root.native()));
}

LayoutIndex LayoutStore::State::read_index() const { return LayoutIndex::read(index_path()); }

void LayoutStore::State::change_index(const std::function<bool(LayoutIndex&)>& change) {
  check_writable();
  // The marker file is always there and never replaced, so it can carry the lock.
  const FileLock lock(root / image::kLayoutMarkerName, FileLock::Mode::exclusive);
  LayoutIndex index = read_index();
  if (!change(index)) return;
  AtomicFile file(temporary());
  file.write(as_bytes(index.dump()));
  file.commit(index_path());
}

void LayoutStore::State::collect_garbage(Removal& removal) {
  if (!users) return;  // A layout that is not ours alone keeps its blobs.
  const bool is_done = users->alone([&] {
    const FileLock lock(root / image::kLayoutMarkerName, FileLock::Mode::exclusive);
    const auto needed = find_needed(blobs(), read_index().text());
    removal.freed_bytes = remove_unneeded(blobs(), needed);
    // What killed processes left half-written.
    std::error_code ignored;
    for (const auto& file : std::filesystem::directory_iterator(temporary(), ignored))
      std::filesystem::remove_all(file.path(), ignored);
  });
  removal.is_put_off = !is_done;
}

}  // namespace modulah::store
