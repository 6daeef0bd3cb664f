// What the commands that remove things have in common: `rmi` and `prune`.
#pragma once

#include <cstdint>
#include <vector>

#include "modulah/base/reporter.h"
#include "modulah/store/cache_trim.h"
#include "modulah/store/layout_store.h"

namespace modulah::cli {

/// What several removals come to.
struct RemovalTotal {
  std::uint64_t freed_bytes = 0;
  bool is_put_off = false;  ///< Others are using the store.
};

/// The id that `images` shows for a manifest; its digest when it cannot be read.
[[nodiscard]] oci::Digest id_of(const std::vector<store::StoredImage>& images,
                                const oci::Digest& manifest);
/// "Untagged: …" for each name that is gone, and adds to `total`.
void print_untagged(const store::Removal& removal, RemovalTotal& total);
/// "Deleted: sha256:…".
void print_deleted(const oci::Digest& digest);

/// Removes `images` with all their names, and says so. The space is freed with the last of them.
void remove_images(store::LayoutStore& store, const std::vector<store::StoredImage>& images,
                   RemovalTotal& total);
/// Removes images without a name and blobs that no image needs, and says so.
void prune_images(store::LayoutStore& store, RemovalTotal& total);
/// Trims the caches of builds and runs, each to `limits`.
void trim_caches(const store::LayoutStore& store, const store::CacheLimits& limits,
                 RemovalTotal& total);
/// "freed 1.2 MB", or why nothing is freed yet.
void report_total(const RemovalTotal& total, Reporter& reporter);

}  // namespace modulah::cli
