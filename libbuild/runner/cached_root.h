// Trees of files in the cache's folder "roots": made once, whole or not at all, then only read.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "modulah/store/cache_trim.h"

#include "run_cache.h"

namespace modulah::runner {

/// A tree in the cache, which is not trimmed as long as this lives.
struct CachedRoot {
  std::filesystem::path path;
  store::DirectoryUse use;
};

/// The tree named `key`. If it does not exist, `fill` puts the files into an empty directory, which
/// then gets the name; what `fill` throws is thrown, and nothing is left. Several processes may do
/// this at once.
[[nodiscard]] CachedRoot cached_root(const RunCache& cache, const std::string& key,
                                     const std::function<void(const std::filesystem::path&)>& fill);

}  // namespace modulah::runner
