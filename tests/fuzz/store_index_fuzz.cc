// An index.json that somebody else wrote: listing, naming and removing end with an Error or well.
#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/store/check.h"
#include "modulah/store/layout_store.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modulah;
  static const TempDir directory(std::filesystem::temp_directory_path());
  static store::LayoutStore store(directory.path(), store::Access::write, store::Role::store,
                                  {.is_synced = false});
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  write_file(directory.path() / "index.json", text);
  try {
    (void)store.images();
    (void)store.resolve("v1");
    const oci::Descriptor manifest = image::put_document(
        store, "application/vnd.oci.image.manifest.v1+json", R"({"schemaVersion":2})");
    store.tag("v1", manifest);
    store.untag("v1");
    (void)store.prune();
    (void)store::check_store(store, {.threads = 1});
    (void)store::check_store(store, {.is_repairing = true, .threads = 1});
  } catch (const Error&) {
  }
  // Whatever the index was: after a repair it can be read.
  try {
    (void)store::check_store(store, {.is_repairing = true, .threads = 1});
  } catch (const Error&) {
    return 0;
  }
  (void)store.images();
  return 0;
}
