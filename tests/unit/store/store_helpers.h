// A store's folders, and images to put into it.
#pragma once

#include <filesystem>
#include <iterator>
#include <string>

#include "modulah/base/files.h"
#include "modulah/image/copy.h"
#include "modulah/store/layout_store.h"

#include "modulah_test/images.h"
#include "modulah_test/memory_store.h"

namespace modulah::test {

inline const std::filesystem::path kTemporary = std::filesystem::temp_directory_path();

inline std::string index_of(const std::filesystem::path& root) {
  return read_file(root / "index.json", 1 << 20);
}

inline std::size_t count_files(const std::filesystem::path& directory) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory),
                                                std::filesystem::directory_iterator()));
}

/// Puts an image into `to`, without a name; `name` makes its bytes its own.
inline oci::Descriptor pull(store::LayoutStore& to, const std::string& name) {
  MemoryStore from;
  const oci::Descriptor manifest = put_image(from, name);
  (void)image::copy_image(from, to, manifest);
  return manifest;
}

}  // namespace modulah::test
