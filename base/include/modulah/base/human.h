// Amounts for people.
#pragma once

#include <cstdint>
#include <string>

namespace modulah {

/// A size for people, with three digits and decimal units, as podman shows it: "512 B", "4.3 kB",
/// "1.25 MB", "113 MB".
[[nodiscard]] std::string human_size(std::uint64_t bytes);

}  // namespace modulah
