// Names that no other thread or process tries.
#include "modulah/base/temporary_name.h"

#include <atomic>

#include <unistd.h>

#include <fmt/format.h>

namespace modulah {

std::filesystem::path next_temporary(const std::filesystem::path& directory) {
  // Process-wide, so that threads do not try each other's names; nothing depends on its value.
  static std::atomic<unsigned long> counter{0};
  return directory / fmt::format(".tmp-{}-{}", ::getpid(), counter++);
}

}  // namespace modulah
