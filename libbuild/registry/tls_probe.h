// Finds out whether a server of this machine speaks TLS, without a TLS library; internal.
#pragma once

#include <chrono>
#include <string_view>

namespace modulah::registry {

enum class Speech {
  tls,
  plain_http,
  unknown,  ///< Not reached, or it says neither.
};

/// Greets "host[:port]" (443 when none is named) as a TLS client does and looks at the first byte
/// of the answer. Waits for `time` at most for the connection, and as long again for the answer.
/// Never throws.
[[nodiscard]] Speech probe_tls(std::string_view authority, std::chrono::milliseconds time) noexcept;

}  // namespace modulah::registry
