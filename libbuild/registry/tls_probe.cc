// A registry on this machine rarely speaks TLS, and trying it with libcurl means initializing
// OpenSSL and reading the system's CA certificates, which takes longer than the requests
// themselves. A TLS server answers a ClientHello with a record whose first byte is 0x16 (handshake)
// or 0x15 (alert), whether it accepts it or not (RFC 8446, section 5.1); a plain HTTP server
// answers "HTTP/1.1 400".
#include "tls_probe.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include "modulah/base/files.h"

#include "url.h"

namespace modulah::registry {

namespace {

/// A ClientHello (RFC 5246, section 7.4.1.2). The number of its extension contains a newline, so
/// that a server that reads lines does not wait for more.
constexpr std::array<std::uint8_t, 66> kHello = {
    0x16, 0x03, 0x01, 0x00, 0x3d,                    // A handshake record of 61 bytes:
    0x01, 0x00, 0x00, 0x39,                          // ClientHello, 57 bytes,
    0x03, 0x03,                                      // TLS 1.2,
    0x6d, 0x6f, 0x64, 0x75, 0x6c, 0x61, 0x68, 0x20,  // 32 bytes that are usually random,
    0x61, 0x73, 0x6b, 0x73, 0x20, 0x77, 0x68, 0x65,  // which does not matter here,
    0x74, 0x68, 0x65, 0x72, 0x20, 0x69, 0x74, 0x20,  // because nothing is encrypted,
    0x69, 0x73, 0x20, 0x54, 0x4c, 0x53, 0x20, 0x20,  //
    0x00,                                            // no session,
    0x00, 0x04, 0xc0, 0x2f, 0xc0, 0x2b,              // two cipher suites,
    0x01, 0x00,                                      // no compression,
    0x00, 0x08,                                      // 8 bytes of extensions:
    0x00, 0x0a, 0x00, 0x04, 0x00, 0x02, 0x00, 0x1d,  // the group x25519.
};

bool wait_for(int fd, short events, std::chrono::milliseconds time) {
  pollfd poll_fd{fd, events, 0};
  return ::poll(&poll_fd, 1, static_cast<int>(time.count())) == 1;
}

FileDescriptor connect_to(const addrinfo& address, std::chrono::milliseconds time) {
  FileDescriptor fd(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return fd;
  if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) == 0) return fd;
  int error = errno;
  socklen_t size = sizeof error;
  if (error != EINPROGRESS || !wait_for(fd.get(), POLLOUT, time) ||
      ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)
    return {};
  return fd;
}

Speech greet(int fd, std::chrono::milliseconds time) {
  if (::send(fd, kHello.data(), kHello.size(), MSG_NOSIGNAL) !=
          static_cast<ssize_t>(kHello.size()) ||
      !wait_for(fd, POLLIN, time))
    return Speech::unknown;
  std::uint8_t first = 0;
  if (::recv(fd, &first, 1, 0) != 1) return Speech::unknown;
  if (first == 0x16 || first == 0x15) return Speech::tls;
  return first == 'H' ? Speech::plain_http : Speech::unknown;
}

std::string port_of(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (authority.front() != '[' || colon > authority.find(']'));
  return has_port ? std::string(authority.substr(colon + 1)) : "443";
}

}  // namespace

Speech probe_tls(std::string_view authority, std::chrono::milliseconds time) noexcept {
  try {
    if (authority.empty()) return Speech::unknown;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const std::string host(host_of(authority));
    if (::getaddrinfo(host.c_str(), port_of(authority).c_str(), &hints, &found) != 0)
      return Speech::unknown;
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
    for (const addrinfo* address = found; address != nullptr; address = address->ai_next)
      if (const FileDescriptor fd = connect_to(*address, time)) return greet(fd.get(), time);
  } catch (...) {
    // Out of memory: the request itself will report it.
  }
  return Speech::unknown;
}

}  // namespace modulah::registry
