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

/// Whether the other side must show a trusted certificate.
enum class TlsCheck { verify, skip };

/// Nothing is read from the environment: proxies and certificates are what stands here.
struct CurlOptions {
  TlsCheck tls = TlsCheck::verify;
  /// Directories with *.crt (authorities, trusted besides the system's) and *.cert with *.key
  /// (ours), as in /etc/containers/certs.d/HOST. Those not there are skipped.
  std::vector<std::filesystem::path> certificate_directories;
  /// Authorities that are trusted instead of the system's one file of them; empty or not there:
  /// that one is used.
  std::filesystem::path authority_file;
  std::string
      http_proxy;  ///< For http URLs; empty: none. Loopback hosts are always reached directly.
  std::string https_proxy;  ///< For https URLs; empty: none.
  /// Hosts reached directly: "*", domains, addresses and blocks of them ("10.0.0.0/8"), separated
  /// by commas. Each may have a port.
  std::string no_proxy;
  std::string user_agent = "modulah";
  std::chrono::milliseconds connect_time{15'000};  ///< To find the host and connect.
  /// A transfer that moves fewer than `least_bytes_per_second`, on average over `idle_time`, is
  /// given up; what the other side sends besides headers and content does not count, nor the time
  /// that our own reader takes.
  std::chrono::milliseconds idle_time{60'000};
  std::uint64_t least_bytes_per_second = 1'000;
  std::stop_token stop;  ///< When requested, everything under way is Error cancelled.
};

/// Loads libcurl, and all that it brings with it, on a thread of its own: milliseconds in which a
/// command that is going to need it can do other things. The destructor waits for the end of it.
class CurlPreload {
 public:
  CurlPreload();
  ~CurlPreload();
  CurlPreload(const CurlPreload&) = delete;
  CurlPreload& operator=(const CurlPreload&) = delete;

 private:
  std::thread thread_;
};

/// Connections are kept alive and used again; each exchange under way has one of its own. Throws
/// Error unsupported when there is no libcurl, at the first request.
[[nodiscard]] std::unique_ptr<Transport> make_curl_transport(CurlOptions options);

}  // namespace modulah::registry
