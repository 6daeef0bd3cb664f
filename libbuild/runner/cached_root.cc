// Makes a tree under a name of its own and renames it: see cached_root.h.
#include "cached_root.h"

#include <cerrno>
#include <optional>
#include <system_error>

#include <sys/stat.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"

namespace modulah::runner {

CachedRoot cached_root(const RunCache& cache, const std::string& key,
                       const std::function<void(const std::filesystem::path&)>& fill) {
  const std::filesystem::path roots = cache.subdirectory("roots");
  const std::filesystem::path path = roots / key;
  std::optional<store::DirectoryUse> use = store::DirectoryUse::begin(path);
  if (use) {
    note_use(path);
    return {path, std::move(*use)};
  }
  const TempDir temporary(roots);
  const std::filesystem::path fresh = temporary.path() / "root";
  if (mkdir(fresh.c_str(), 0755) != 0)
    throw_system_error(fmt::format("make directory {}", fresh.native()), errno);
  fill(fresh);
  note_use(fresh);  // The image may have given it a time long ago.
  // Locked before it gets its name, so that it cannot be trimmed in between. If another process was
  // faster, or is trimming an older one, it is looked up again.
  std::optional<store::DirectoryUse> fresh_use = store::DirectoryUse::begin(fresh);
  for (int tries_left = 100;; --tries_left) {
    std::error_code error;
    std::filesystem::rename(fresh, path, error);
    use = error ? store::DirectoryUse::begin(path) : std::move(fresh_use);
    if (use) return {path, std::move(*use)};
    std::error_code ignored;
    if (tries_left == 0 || !std::filesystem::is_directory(path, ignored))
      throw_system_error(fmt::format("rename to {}", path.native()), error.value());
  }
}

}  // namespace modulah::runner
