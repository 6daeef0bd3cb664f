// HTTP as the registry code sees it: one request, one answer.
//
// The interface is narrow so that a test's double is a few lines: no redirects, no retries, no
// passwords, no waiting. All of that is decided above it, once, and tested without a network.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/base/error.h"
#include "modulah/base/io.h"

namespace modulah::registry {

struct Header {
  std::string name;  ///< Compared without regard to case.
  std::string value;

  friend bool operator==(const Header&, const Header&) = default;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;  ///< "http://…" or "https://…".
  std::vector<Header> headers;
  Source* body = nullptr;       ///< Borrowed for the call and while the answer's body is read.
  std::uint64_t body_size = 0;  ///< In bytes; exactly what `body` has.
};

struct HttpResponse {
  int status = 0;
  std::vector<Header> headers;
  /// What follows the headers; never null. Reading throws Error unavailable when the connection
  /// breaks before the announced length. It may be dropped before its end.
  std::unique_ptr<Source> body;

  /// The value of the first header with this name, or nothing.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

/// Why there was no answer: what can be done about it differs.
enum class TransportFault {
  unreachable,  ///< No such host, nobody listens: trying again may help.
  interrupted,  ///< The connection broke, or nothing came for too long.
  no_tls,       ///< The other side answered, but not in TLS.
  tls_failed,   ///< It closed or reset the connection instead of answering in TLS.
  untrusted,    ///< It speaks TLS, but one side does not take the other's certificate.
};

/// Kind unavailable; the message names the host, never a password or token.
class TransportError : public Error {
 public:
  TransportError(TransportFault fault, std::string message, std::string hint = {})
      : Error(ErrorKind::unavailable, std::move(message), std::move(hint)), fault_(fault) {}
  [[nodiscard]] TransportFault fault() const noexcept { return fault_; }

 private:
  TransportFault fault_;
};

/// Safe to use from several threads at once. An answer's body must not outlive it.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Finds out what can be known about "host[:port]" before the first request, if anything. Calling
  /// it is never needed. Never throws but Error cancelled.
  virtual void prepare(const std::string& authority) { (void)authority; }
  /// Sends a request and returns when the answer's headers are there, whatever its status. Throws
  /// TransportError, Error cancelled, and what `body` throws.
  [[nodiscard]] virtual HttpResponse send(const HttpRequest& request) = 0;
};

}  // namespace modulah::registry
