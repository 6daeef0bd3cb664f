// One exchange over libcurl: a request in progress, with its answer as a Source.
//
// libcurl passes data to callbacks, while the rest of the code reads. The multi interface allows
// both in one thread: a read runs the transfer until there is data. When the reader is slow, the
// transfer is paused, so that memory stays bounded.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "modulah/registry/curl_transport.h"

#include "curl_api.h"

namespace modulah::registry {

/// The handles of one connection, kept for the next exchange.
class CurlChannel {
 public:
  explicit CurlChannel(const CurlApi& curl);
  ~CurlChannel();
  CurlChannel(const CurlChannel&) = delete;
  CurlChannel& operator=(const CurlChannel&) = delete;

  const CurlApi& curl;
  CURLM* multi = nullptr;
  CURL* easy = nullptr;
  std::string origin;  ///< Where it was last connected to.
};

/// Certificates in memory, as PEM; empty when there are none.
struct Certificates {
  std::string authorities;
  std::string certificate;
  std::string key;
};

/// True when libcurl's message about a failed handshake means that the server answered with
/// something that is not TLS, instead of closing the connection.
[[nodiscard]] bool is_no_tls(std::string_view detail);

/// The TLS alert ("bad certificate") with which the server ended the handshake, from libcurl's
/// error message; empty when there is none. A server that sends an alert speaks TLS.
[[nodiscard]] std::string_view tls_alert(std::string_view detail);

class CurlExchange {
 public:
  /// The arguments must outlive it, except `request`, of which only the body must.
  CurlExchange(std::unique_ptr<CurlChannel> channel, const CurlOptions& options,
               const Certificates& certificates, const HttpRequest& request);
  ~CurlExchange();
  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;

  /// Runs the transfer until the headers have arrived. Throws.
  void wait_for_headers();
  [[nodiscard]] std::size_t read(std::span<std::byte> buffer);
  /// The channel when the exchange succeeded and the connection can be reused, else null.
  [[nodiscard]] std::unique_ptr<CurlChannel> take_channel();

  int status = 0;
  std::vector<Header> headers;

 private:
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_upload(char* data, std::size_t size, std::size_t count, void* self);

  void set_common_options();
  void set_tls_options(const Certificates& certificates);
  void set_method(const HttpRequest& request);
  void set_headers(const HttpRequest& request);
  template <typename Value>
  void set(CURLoption option, Value value);
  /// Runs the transfer as far as possible without waiting, else waits for the network.
  void advance();
  /// Throws Error cancelled when the transfer is to stop.
  void check_stop() const;
  /// Waits for the network, at most for `left`.
  void wait(std::chrono::steady_clock::duration left);
  /// Adds `spent` to the current period, and throws when a full `idle_time` moved too few bytes.
  void check_pace(std::chrono::steady_clock::duration spent);
  [[noreturn]] void fail(CURLcode code);
  /// Throws when the proxy caused the failure.
  void check_proxy(CURLcode code, std::string_view detail) const;
  /// Throws for a failed TLS handshake.
  [[noreturn]] void fail_tls(std::string_view detail) const;
  /// Throws when a certificate caused the failure.
  void check_certificates(CURLcode code, std::string_view detail) const;
  void take_header_line(std::string_view line);

  std::unique_ptr<CurlChannel> channel_;
  const CurlApi& curl_;
  const CurlOptions& options_;
  std::string authority_;
  std::string proxy_;  ///< Its URL, which may contain a password; empty: none.
  Source* upload_;
  std::uint64_t upload_left_;
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> header_list_;
  std::vector<char> error_text_;
  bool has_certificate_ = false;  ///< A client certificate.
  std::size_t header_bytes_ = 0;
  bool is_headers_done_ = false;
  std::vector<std::byte> buffer_;
  std::size_t buffer_begin_ = 0;
  bool is_paused_ = false;
  std::uint64_t moved_bytes_ = 0;  ///< Of headers and content, in both directions.
  std::uint64_t period_bytes_ =
      0;  ///< Of those, what was moved before the current stretch of time.
  std::chrono::steady_clock::duration period_time_{};  ///< Of the current stretch, so far.
  std::optional<CURLcode> result_;
  std::exception_ptr exception_;
  std::optional<std::stop_callback<std::function<void()>>> wakeup_;
};

}  // namespace modulah::registry
