// An ignore file and a path (the last line) from anywhere: asked at once and while walking, the
// answer is the same, and what a walk may leave out is ignored.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "modulah/base/error.h"
#include "modulah/containerfile/ignore.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modulah;
  using containerfile::IgnoreRules;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t last = text.rfind('\n');
  if (last == std::string_view::npos) return 0;
  const std::string path = containerfile::clean_path(text.substr(last + 1));
  try {
    (void)containerfile::Glob(path).matches(path);
  } catch (const Error&) {
  }
  if (path.front() == '/') return 0;
  try {
    const IgnoreRules rules = IgnoreRules::parse(text.substr(0, last));
    IgnoreRules::Directory directory;
    bool may_skip = false;
    for (std::size_t slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      directory = rules.enter(path.substr(0, slash), directory);
      may_skip = may_skip || rules.can_skip(path.substr(0, slash), directory);
    }
    const bool is_ignored = rules.matches(path);
    if (rules.matches(path, directory) != is_ignored) std::abort();
    if (may_skip && !is_ignored) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
