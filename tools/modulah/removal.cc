// Removes images and cached things, and says what is gone.
#include "removal.h"

#include <set>

#include <fmt/format.h>

#include "modulah/base/text.h"
#include "modulah/builder/builder.h"
#include "modulah/runner/run.h"

#include "print.h"

namespace modulah::cli {

oci::Digest id_of(const std::vector<store::StoredImage>& images, const oci::Digest& manifest) {
  for (const store::StoredImage& image : images)
    if (image.manifest.digest == manifest && image.id) return *image.id;
  return manifest;
}

void print_untagged(const store::Removal& removal, RemovalTotal& total) {
  for (const std::string& name : removal.untagged)
    print(fmt::format("Untagged: {}\n", printable(name)));
  total.freed_bytes += removal.freed_bytes;
  total.is_put_off |= removal.is_put_off;
}

void print_deleted(const oci::Digest& digest) {
  print(fmt::format("Deleted: {}\n", digest.text()));
}

void remove_images(store::LayoutStore& store, const std::vector<store::StoredImage>& images,
                   RemovalTotal& total) {
  std::set<oci::Digest> deleted;
  for (const store::StoredImage& image : images) {
    print_untagged(store.remove(image.manifest.digest.text(), store::Removing::all_names), total);
    // Images that differ in annotations only have the same id.
    const oci::Digest id = id_of(images, image.manifest.digest);
    if (deleted.insert(id).second) print_deleted(id);
  }
}

void prune_images(store::LayoutStore& store, RemovalTotal& total) {
  const std::vector<store::StoredImage> before = store.images();
  const store::Removal removal = store.prune();
  for (const store::StoredImage& image : before)
    if (image.names.empty()) print_deleted(image.id.value_or(image.manifest.digest));
  print_untagged(removal, total);
}

void trim_caches(const store::LayoutStore& store, const store::CacheLimits& limits,
                 RemovalTotal& total) {
  const std::filesystem::path cache = store.cache_directory();
  total.freed_bytes += store::trim_caches(builder::build_cache_folders(cache), limits);
  total.freed_bytes += store::trim_caches(runner::run_cache_folders(cache / "run"), limits);
}

void report_total(const RemovalTotal& total, Reporter& reporter) {
  if (total.is_put_off)
    reporter.warning(
        "the space is not freed yet, because other commands are using the store; a later rmi "
        "frees it");
  else if (total.freed_bytes != 0)
    reporter.info(fmt::format("freed {}", human_size(total.freed_bytes)));
}

}  // namespace modulah::cli
