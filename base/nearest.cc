// The edit distance between two words, with swapped neighbours as one change.
#include "modulah/base/nearest.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace modulah {

namespace {

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// How many letters have to be changed, added, dropped or swapped with their neighbour.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> line(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    line[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool is_same = to_lower(a[i - 1]) == to_lower(b[j - 1]);
      line[j] = std::min({above[j - 1] + (is_same ? 0 : 1), above[j] + 1, line[j - 1] + 1});
      if (i > 1 && j > 1 && to_lower(a[i - 1]) == to_lower(b[j - 2]) &&
          to_lower(a[i - 2]) == to_lower(b[j - 1]))
        line[j] = std::min(line[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, line);
  }
  return above.back();
}

}  // namespace

std::string_view nearest(std::string_view text, const std::vector<std::string_view>& known) {
  constexpr std::size_t kMaxLength = 40;
  if (text.size() > kMaxLength) return {};
  std::string_view best;
  std::size_t best_distance = text.size() / 4 + 2;
  for (const std::string_view candidate : known) {
    const std::size_t distance = edit_distance(text, candidate);
    if (distance >= best_distance || distance >= candidate.size()) continue;
    best_distance = distance;
    best = candidate;
  }
  return best;
}

}  // namespace modulah
