// The version, as the build says it.
#pragma once

namespace modulah::cli {

inline constexpr const char* kVersion = MODULAH_VERSION;

}  // namespace modulah::cli
