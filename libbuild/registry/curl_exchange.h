// One exchange over libcurl: a request that is under way, seen as a Source of its answer.
//
// libcurl pushes data into callbacks, and the rest of the code reads. The multi interface lets both
// live in one thread: reading runs the transfer until there is something to read. When the reader
// is slow, the transfer is paused, so memory stays bounded.
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
  std::string origin;  ///< Where it was connected to last.
};

/// Certificates in memory, read once: PEM texts, empty when there are none.
struct Certificates {
  std::string authorities;
  std::string certificate;
  std::string key;
};

/// True when libcurl's words on a failed handshake say that the answer was something else than TLS,
/// and not that there was none.
[[nodiscard]] bool is_no_tls(std::string_view detail);

/// What the other side said when it ended the handshake by TLS's own means ("bad certificate"),
/// taken from libcurl's words on the failure; empty when it did not. Who says so speaks TLS.
[[nodiscard]] std::string_view tls_alert(std::string_view detail);

class CurlExchange {
 public:
  /// All must outlive it but `request`, of which only the body must.
  CurlExchange(std::unique_ptr<CurlChannel> channel, const CurlOptions& options,
               const Certificates& certificates, const HttpRequest& request);
  ~CurlExchange();
  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;

  /// Runs until the headers are there. Throws.
  void wait_for_headers();
  [[nodiscard]] std::size_t read(std::span<std::byte> buffer);
  /// The channel, when the exchange has ended well and the connection can be used again; else null.
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
  /// Lets the transfer do what it can; waits for the network when that is nothing.
  void advance();
  /// Throws what stands against going on.
  void check_stop() const;
  /// Waits until the network has something, at most for `left`.
  void wait(std::chrono::steady_clock::duration left);
  /// Throws when too little was moved in a stretch of `idle_time`, of which `spent` more is over.
  void check_pace(std::chrono::steady_clock::duration spent);
  [[noreturn]] void fail(CURLcode code);
  /// Throws what is wrong when the proxy did not connect us; returns when it is not to blame.
  void check_proxy(CURLcode code, std::string_view detail) const;
  /// Throws what is wrong with TLS itself.
  [[noreturn]] void fail_tls(std::string_view detail) const;
  /// Throws what is wrong with certificates; returns when nothing is.
  void check_certificates(CURLcode code, std::string_view detail) const;
  void take_header_line(std::string_view line);

  std::unique_ptr<CurlChannel> channel_;
  const CurlApi& curl_;
  const CurlOptions& options_;
  std::string authority_;
  std::string proxy_;  ///< Its URL; empty: none. It may have a password in it.
  Source* upload_;
  std::uint64_t upload_left_;
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> header_list_;
  std::vector<char> error_text_;
  bool has_certificate_ = false;  ///< One of our own.
  std::size_t header_bytes_ = 0;
  bool is_headers_done_ = false;
  std::vector<std::byte> buffer_;
  std::size_t buffer_begin_ = 0;
  bool is_paused_ = false;
  std::uint64_t moved_bytes_ = 0;  ///< Of headers and content, both ways.
  std::uint64_t stretch_bytes_ =
      0;  ///< Of those, what was moved before the current stretch of time.
  std::chrono::steady_clock::duration stretch_time_{};  ///< Of the current stretch, so far.
  std::optional<CURLcode> result_;
  std::exception_ptr exception_;
  std::optional<std::stop_callback<std::function<void()>>> wakeup_;
};

}  // namespace modulah::registry
