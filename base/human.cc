// Rounds sizes to three digits.
#include "modulah/base/human.h"

#include <array>

#include <fmt/format.h>

namespace modulah {

std::string human_size(std::uint64_t bytes) {
  constexpr std::array kUnits = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  // 999,500 bytes are rounded to 1 MB, not to 1000 kB.
  for (; value >= (unit == 0 ? 1000 : 999.5) && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  return fmt::format("{:.3g} {}", value, kUnits[unit]);
}

}  // namespace modulah
