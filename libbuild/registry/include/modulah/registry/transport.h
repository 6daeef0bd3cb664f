// The HTTP interface of the registry code: one request, one answer.
//
// The interface is narrow so that a test double takes a few lines: no redirects, no retries, no
// passwords, no waiting. All of that is implemented above it, and tested without a network.
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
  Source* body = nullptr;       ///< Borrowed until the answer's body has been read.
  std::uint64_t body_size = 0;  ///< In bytes; exactly the size of `body`.
};

struct HttpResponse {
  int status = 0;
  std::vector<Header> headers;
  /// Never null. Reading throws Error unavailable when the connection ends before the announced
  /// length. It may be destroyed before its end.
  std::unique_ptr<Source> body;

  /// The value of the first header with this name, or nothing.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

/// Why there was no answer; decides what can be done about it.
enum class TransportFault {
  unreachable,  ///< Unknown host, or connection refused: a retry may help.
  interrupted,  ///< The connection was interrupted, or the transfer stalled.
  no_tls,       ///< The server answered, but not with TLS.
  tls_failed,   ///< It closed or reset the connection during the handshake.
  untrusted,    ///< A certificate was rejected, by either side.
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
  /// Finds out in advance what is needed for requests to "host[:port]". Optional. Throws nothing
  /// but Error cancelled.
  virtual void prepare(const std::string& authority) { (void)authority; }
  /// Sends a request and returns when the answer's headers have arrived, whatever the status.
  /// Throws TransportError, Error cancelled, and what `body` throws.
  [[nodiscard]] virtual HttpResponse send(const HttpRequest& request) = 0;
};

}  // namespace modulah::registry
