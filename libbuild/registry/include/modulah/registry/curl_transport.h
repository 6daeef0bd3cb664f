// The real Transport: libcurl, loaded when it is first needed.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "modulah/registry/transport.h"

namespace modulah::registry {

/// Whether the server must have a trusted certificate.
enum class TlsCheck { verify, skip };

/// Nothing is read from the environment: proxies and certificates are set here.
struct CurlOptions {
  TlsCheck tls = TlsCheck::verify;
  /// Directories with *.crt (CA certificates, trusted in addition to the system's) and *.cert with
  /// *.key (client certificates), as in /etc/containers/certs.d/HOST. Missing ones are skipped.
  std::vector<std::filesystem::path> certificate_directories;
  /// CA certificates that are trusted instead of the system's CA bundle; when empty or missing,
  /// that bundle is used.
  std::filesystem::path authority_file;
  std::string http_proxy;   ///< For http URLs; empty: none. Never used for loopback hosts.
  std::string https_proxy;  ///< For https URLs; empty: none.
  /// Hosts without a proxy: "*", domains, addresses and blocks of addresses ("10.0.0.0/8"),
  /// separated by commas. Each may have a port.
  std::string no_proxy;
  std::string user_agent = "modulah";
  std::chrono::milliseconds connect_time{15'000};  ///< To resolve the host and connect.
  /// A transfer that moves fewer than `least_bytes_per_second`, on average over `idle_time`, is
  /// aborted. Only headers and content count, and only the time that is spent waiting for them.
  std::chrono::milliseconds idle_time{60'000};
  std::uint64_t least_bytes_per_second = 1'000;
  std::stop_token stop;  ///< When requested, all transfers end with Error cancelled.
};

/// Loads libcurl and its dependencies on a thread of its own, which takes milliseconds in which a
/// command that will need it can do other things. The destructor waits for the thread.
class CurlPreload {
 public:
  CurlPreload();
  ~CurlPreload();
  CurlPreload(const CurlPreload&) = delete;
  CurlPreload& operator=(const CurlPreload&) = delete;

 private:
  std::thread thread_;
};

/// Connections are kept alive and reused; each exchange in progress has its own. The first request
/// throws Error unsupported when libcurl is not installed.
[[nodiscard]] std::unique_ptr<Transport> make_curl_transport(CurlOptions options);

}  // namespace modulah::registry
