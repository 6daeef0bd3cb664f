// Test inputs that lie outside the project.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace modulah::test {

/// The path of an input, or nothing, with a word on stdout, when it is not on this machine.
inline std::optional<std::filesystem::path> find_corpus(const std::string& name) {
  const char* given = std::getenv("MODULAH_CORPORA");
  const std::filesystem::path root =
      given != nullptr ? std::filesystem::path(given)
                       : std::filesystem::path(MODULAH_SOURCE_DIR) / ".." / "shared" / "corpora";
  if (std::filesystem::exists(root / name)) return root / name;
  std::printf("skipped: %s is not on this machine\n", name.c_str());
  return std::nullopt;
}

}  // namespace modulah::test
