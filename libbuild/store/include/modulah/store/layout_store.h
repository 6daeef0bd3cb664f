// Images on disk: an OCI image layout that other tools read and write, too.
//
//   <root>/oci-layout        says that this is one; also the lock for changes of index.json
//   <root>/index.json        the images and their names
//   <root>/blobs/sha256/…    every blob under its digest
//   <root>/cache/            ours only (role store); all but users.lock may be removed at any time:
//     users.lock               who writes, or reads an image as a whole, holds it shared
//     reserve                  room for writing index.json on a full disk (index_file.h)
//     tmp/                     files in the making
//     steps/, findings/        results of builds; optimized/, modules/: modules that were optimised
//     pushed/                  where blobs were pushed to
//     run/                     unpacked images and compiled code (runner/image_files.h)
//     trimmed, run/trimmed     their time tells when the caches were last trimmed (cache_trim.h)
//
// How several processes get along: a blob is written beside its place and renamed to it, so it is
// there whole or not at all, and two who write the same blob write the same bytes. index.json
// is read, changed and replaced by rename under an exclusive lock; readers need none. Blobs are
// only ever removed while nobody else holds the users' lock: everyone who writes does, shared, so a
// build never loses what it has just stored or seen; and so does who copies an image out of the
// store. A process that is killed leaves a file in the making, which the next writer removes.
//
// A power failure leaves a valid index whose names point to whole images: before a name points to
// an image, its blobs and their names are synced to the disk, and so is the index. What was written
// without ever getting a name may be damaged then; its digest is checked before it is reused
// (blob_files.h), and when it is wrong it counts as not there.
//
// A store is private: directories have mode 0700 and files 0600, whatever the umask is. An existing
// one is narrowed to that when its owner writes to it. So nobody else can hold its locks.
// https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/base/reporter.h"
#include "modulah/image/blob_writer.h"
#include "modulah/image/image_store.h"

namespace modulah::store {

enum class Access {
  read,   ///< Changes nothing, takes no lock but by hold_blobs(); a root that is not there is a
          ///< store without images.
  write,  ///< Makes the layout when it is not there.
};

enum class Role {
  store,   ///< A user's own store: has a cache folder, and blobs can be removed.
  layout,  ///< A layout that was named as a place to copy to or from: nothing but the standard's
           ///< files.
};

struct StoreOptions {
  /// False: nothing is synced to the disk, so a power failure may damage images. For stores that
  /// are thrown away.
  bool is_synced = true;
  /// Told when a lock is waited for, and who holds it. Must outlive the store.
  Reporter* reporter = nullptr;
  std::stop_token stop = {};  ///< Ends waiting for a lock with Error cancelled.
};

/// An image as the store lists it.
struct StoredImage {
  oci::Descriptor manifest;        ///< A manifest or an index; without the name's annotation.
  std::vector<std::string> names;  ///< In the order of the index; empty: it has none.
  std::optional<oci::Digest> id;   ///< The configuration's digest; of an index its own.
  std::uint64_t size = 0;          ///< Of all its blobs that are here, in bytes as stored.
  std::string problem;             ///< Why it cannot be read, or empty.
  /// When it was built, pulled or loaded here, in nanoseconds since 1970; 0 when the manifest is
  /// missing. The store's knowledge, not the image's: the time of the manifest's file, to the
  /// second, which `tag` renews for an image that had no name.
  std::int64_t added = 0;
};

struct CheckOptions;
struct CheckReport;

/// What `remove` did.
struct Removal {
  std::vector<std::string> untagged;   ///< Names that are gone.
  std::optional<oci::Digest> deleted;  ///< The manifest that is gone, when it was its last name.
  std::uint64_t freed_bytes = 0;
  bool is_put_off = false;  ///< Others are using the store: a later removal frees the bytes.
};

/// What is to happen to an image that has other names.
enum class Removing { last_name_only, all_names };

/// Safe to use from several threads at once, but for `remove`, `prune`, which want to be alone.
class LayoutStore : public image::ImageStore {
  friend CheckReport check_store(LayoutStore& store, const CheckOptions& options);
  friend class StoreCheck;

 public:
  /// Opens the layout at `root`. Throws Error: invalid when `root` is a directory with other
  /// things in it, unsupported for another version of layouts, denied, io.
  LayoutStore(std::filesystem::path root, Access access, Role role = Role::store,
              const StoreOptions& options = {});
  ~LayoutStore() override;

  /// From now on, and as long as the store is open, nobody removes blobs from it; waits while
  /// somebody does. Who writes holds them anyway. Where the lock cannot be had, and in layouts, it
  /// does nothing. Not for what may take days, like a run: meanwhile nobody else's removal frees
  /// space.
  void hold_blobs();

  /// True when the blob is here with the right bytes. They are read for that when the blob was not
  /// synced yet, or was changed since; usually one stat() is enough.
  [[nodiscard]] bool has(const oci::Descriptor& blob) override;
  /// True when there is a file of the blob's size, right or wrong. One stat().
  [[nodiscard]] bool has_file(const oci::Descriptor& blob) const;
  [[nodiscard]] std::unique_ptr<Source> open(const oci::Descriptor& blob) override;
  void put(const oci::Descriptor& blob, Source& content) override;
  [[nodiscard]] std::optional<std::uint64_t> free_bytes() override;
  /// `name` is compared as it is with org.opencontainers.image.ref.name; "sha256:…" is the digest
  /// of a listed image; empty is the only image there is. Throws Error invalid when several fit.
  [[nodiscard]] std::optional<oci::Descriptor> resolve(std::string_view name) override;
  /// Writes nothing when it is so already, and no image of the same id was tagged since. The image
  /// that had the name stays, without it. An empty name lists the image without a name. All blobs
  /// of the image are on the disk before the name is. Throws Error not_found when the manifest is
  /// not stored, corrupt when one of the image's blobs is damaged.
  void tag(std::string_view name, const oci::Descriptor& manifest) override;

  /// A blob whose digest comes out of the writing. The store must outlive it. Thread-safe.
  [[nodiscard]] std::unique_ptr<image::BlobWriter> begin_blob();

  /// The entries of the index as they are, with the annotations that name them. Reads nothing else.
  [[nodiscard]] std::vector<oci::Descriptor> entries();
  /// All images, each once; the one that was built, pulled or tagged last comes last.
  [[nodiscard]] std::vector<StoredImage> images();
  /// The images whose id or manifest digest begins with `hex` (with or without "sha256:"), at least
  /// 4 digits; fewer find nothing. Images that differ in annotations only have the same id. In the
  /// order of images().
  [[nodiscard]] std::vector<StoredImage> find_by_id(std::string_view hex);

  /// Takes a name off; its image stays. False when there is no such name.
  bool untag(std::string_view name);
  /// Removes a name and, with its last name, the image; by id (a prefix as in find_by_id) the
  /// image. Blobs that no other image needs are deleted when nobody else uses the store.
  /// Throws Error: not_found; invalid when several images fit, and when an id has several names
  /// and `removing` is last_name_only.
  Removal remove(std::string_view name_or_id, Removing removing);
  /// Removes all images without a name, and blobs that no image needs.
  Removal prune();

  /// Of all blobs, in bytes.
  [[nodiscard]] std::uint64_t disk_usage();

  [[nodiscard]] const std::filesystem::path& root() const noexcept;
  /// Where StepCache and StatCache keep their files. Role store only.
  [[nodiscard]] std::filesystem::path cache_directory() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace modulah::store
