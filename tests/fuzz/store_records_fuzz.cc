// Files of the caches with other bytes: what is damaged is as if it were not there, and what is
// found was put there.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "modulah/base/files.h"
#include "modulah/base/hash.h"
#include "modulah/store/stat_cache.h"
#include "modulah/store/step_cache.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modulah;
  static const TempDir directory(std::filesystem::temp_directory_path());
  static const store::StepCache steps(directory.path() / "steps");
  static const Sha256Bytes key = sha256(as_bytes("key"));
  static const std::string hex = to_hex(key);
  static const std::filesystem::path record =
      directory.path() / "steps" / hex.substr(0, 2) / hex.substr(2);
  static const bool is_prepared = steps.put(key, "record");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  write_file(record, text);
  const bool is_intact = store::StepCache::is_intact(record);
  const auto found = steps.find(key);
  // The checksum cannot be met by chance, but the seeds meet it.
  if (!is_prepared || found.has_value() != is_intact) std::abort();
  if (found && text.find(*found) == std::string_view::npos) std::abort();
  const std::filesystem::path table = directory.path() / "stat";
  write_file(table, text);
  store::StatCache cache(table);
  (void)cache.find({});
  cache.add({}, key);
  if (!cache.save() || store::StatCache(table).find({}) != key) std::abort();
  return 0;
}
