// Notes what was skipped.
#include "modulah_test/skip.h"

#include <cstdlib>
#include <filesystem>

#include <unistd.h>

#include "tally.h"

namespace modulah::test {

Tally& tally() {
  static Tally notes;
  return notes;
}

void skip(std::string_view reason) {
  Tally& notes = tally();
  notes.is_skipped = true;
  notes.skipped.push_back(notes.running + ": " + std::string(reason));
}

void skip_part(std::string_view reason) {
  Tally& notes = tally();
  notes.in_part.push_back(notes.running + ": " + std::string(reason));
}

bool has_program(std::string_view program) {
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable == nullptr ? std::string_view() : variable;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    const std::filesystem::path file = std::filesystem::path(rest.substr(0, end)) / program;
    if (::access(file.c_str(), X_OK) == 0) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  skip("there is no " + std::string(program));
  return false;
}

}  // namespace modulah::test
