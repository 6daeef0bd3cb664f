// The two directories that the build knows.
#include "modulah_test/paths.h"

#include "modulah_test/skip.h"

namespace modulah::test {

std::filesystem::path source_directory() { return MODULAH_SOURCE_DIR; }
std::filesystem::path build_directory() { return MODULAH_BINARY_DIR; }
std::filesystem::path wasmtime_library() {
  return build_directory() / "lib/modulah/libwasmtime.so";
}

bool has_wasmtime() {
  if (std::filesystem::exists(wasmtime_library())) return true;
  skip("the build has no Wasmtime library");
  return false;
}

}  // namespace modulah::test
