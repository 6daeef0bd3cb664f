// Test inputs that lie outside the project.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "modulah_test/paths.h"
#include "modulah_test/skip.h"

namespace modulah::test {

/// The path of an input, or nothing, when it is not on this machine: the running test is then noted
/// as skipped.
inline std::optional<std::filesystem::path> find_corpus(const std::string& name) {
  const char* given = std::getenv("MODULAH_CORPORA");
  const std::filesystem::path root = given != nullptr
                                         ? std::filesystem::path(given)
                                         : source_directory() / ".." / "shared" / "corpora";
  if (std::filesystem::exists(root / name)) return root / name;
  skip(name + " is not on this machine");
  return std::nullopt;
}

}  // namespace modulah::test
