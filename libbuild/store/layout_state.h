// What a LayoutStore is made of; internal.
#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "modulah/store/layout_store.h"

#include "blob_files.h"
#include "index_file.h"
#include "layout_index.h"
#include "users_lock.h"

namespace modulah::store {

struct LayoutStore::State {
  State(std::filesystem::path store_root, Access store_access, Role store_role,
        const StoreOptions& store_options)
      : root(std::move(store_root)),
        access(store_access),
        role(store_role),
        options(store_options),
        blob_files(root / "blobs" / "sha256", store_options.is_synced) {}

  [[nodiscard]] const std::filesystem::path& blobs() const { return blob_files.directory(); }
  [[nodiscard]] std::filesystem::path cache() const { return root / "cache"; }
  /// Where files are written before they are renamed into their place.
  [[nodiscard]] std::filesystem::path temporary() const {
    return role == Role::store ? cache() / "tmp" : root;
  }
  [[nodiscard]] std::filesystem::path index_path() const;
  /// The mode of files that are made here: a store is private, a layout is as the umask says.
  [[nodiscard]] unsigned file_mode() const { return role == Role::store ? 0600 : 0644; }
  /// What is done while somebody else holds a lock.
  [[nodiscard]] LockWait lock_wait() const;

  /// Says what `root` is: true for a layout, false when there is nothing yet.
  /// Throws Error invalid when it is something else.
  [[nodiscard]] bool is_layout() const;
  void make_layout();
  /// Throws Error usage when the store was opened for reading only.
  void check_writable() const;

  [[nodiscard]] LayoutIndex read_index() const;
  /// Changes the index under its lock; `change` returns whether there is something to write.
  void change_index(const std::function<bool(LayoutIndex&)>& change);
  /// The same for a change that needs no room it cannot make itself: on a full disk, even without a
  /// reserve, caches and then the blobs that the changed index does not need are removed before it
  /// is written. `change` may be called more than once. Returns the bytes that were freed.
  std::uint64_t change_index_on_full_disk(const std::function<bool(LayoutIndex&)>& change);

  /// True when an image with the same configuration, and so the same id, is listed after this one:
  /// it would be found by the id instead. False in layouts, where nobody looks for ids.
  [[nodiscard]] bool is_overtaken(const LayoutIndex& index, const oci::Digest& manifest) const;

  /// Removes blobs that no image needs, when nobody else is using the store.
  void collect_garbage(Removal& removal);

  const std::filesystem::path root;
  const Access access;
  const Role role;
  const StoreOptions options;
  BlobFiles blob_files;
  std::optional<UsersLock> users;

 private:
  void make_directories(const std::filesystem::path& path) const;
  void make_marker() const;
  void narrow() const;
  [[nodiscard]] IndexFile index_file() const;
  /// Calls `change` and writes the index; the caller holds its lock.
  void change_locked(const std::function<bool(LayoutIndex&)>& change) const;
};

}  // namespace modulah::store
