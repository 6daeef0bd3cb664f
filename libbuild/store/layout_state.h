// What a LayoutStore is made of; internal.
#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "modulah/store/layout_store.h"

#include "layout_index.h"
#include "users_lock.h"

namespace modulah::store {

struct LayoutStore::State {
  State(std::filesystem::path store_root, Access store_access, Role store_role)
      : root(std::move(store_root)), access(store_access), role(store_role) {}

  [[nodiscard]] std::filesystem::path blobs() const { return root / "blobs" / "sha256"; }
  [[nodiscard]] std::filesystem::path cache() const { return root / "cache"; }
  /// Where files are written before they are renamed into their place.
  [[nodiscard]] std::filesystem::path temporary() const {
    return role == Role::store ? cache() / "tmp" : root;
  }
  [[nodiscard]] std::filesystem::path path_of(const oci::Digest& digest) const;
  [[nodiscard]] std::filesystem::path index_path() const;
  /// True when a blob of this size is there.
  [[nodiscard]] bool has(const oci::Digest& digest, std::uint64_t size) const;

  /// Says what `root` is: true for a layout, false when there is nothing yet.
  /// Throws Error invalid when it is something else.
  [[nodiscard]] bool is_layout() const;
  void make_layout();
  void make_marker() const;
  /// Throws Error usage when the store was opened for reading only.
  void check_writable() const;

  [[nodiscard]] LayoutIndex read_index() const;
  /// Changes the index under its lock; `change` returns whether there is something to write.
  void change_index(const std::function<bool(LayoutIndex&)>& change);

  /// Removes blobs that no image needs, when nobody else is using the store.
  void collect_garbage(Removal& removal);

  const std::filesystem::path root;
  const Access access;
  const Role role;
  std::optional<UsersLock> users;
};

}  // namespace modulah::store
