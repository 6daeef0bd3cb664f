// Finds out whether a server on this machine speaks TLS, without a TLS library; internal.
#pragma once

#include <chrono>
#include <string_view>

namespace modulah::registry {

enum class Speech {
  tls,
  plain_http,
  unknown,  ///< Not reached, or the answer is neither.
};

/// Sends a ClientHello to "host[:port]" (default port: 443) and evaluates the first byte of the
/// answer. Waits at most `time` for the connection, and the same for the answer.
/// Never throws.
[[nodiscard]] Speech probe_tls(std::string_view authority, std::chrono::milliseconds time) noexcept;

}  // namespace modulah::registry
