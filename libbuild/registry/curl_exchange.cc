// Runs one request with libcurl's multi interface.
#include "curl_exchange.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "modulah/base/ascii.h"

#include "proxy.h"
#include "url.h"

namespace modulah::registry {

namespace {

constexpr std::size_t kMaxHeaderBytes = 256 * 1024;
constexpr std::size_t kMaxBufferBytes = 1 << 20;
constexpr long kReceiveBytes = 256 * 1024L;
constexpr long kSendBytes = 512 * 1024L;
constexpr std::chrono::milliseconds kLongestPoll{1'000};
constexpr const char* kProxyLoginHint =
    "Include a user and a password in its URL: http://USER:PASSWORD@HOST:PORT.";

curl_blob blob_of(const std::string& text) {
  // CURL_BLOB_NOCOPY: the text outlives the handle's use; libcurl does not change it.
  return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_NOCOPY};
}

}  // namespace

CurlChannel::CurlChannel(const CurlApi& api)
    : curl(api), multi(api.multi_init()), easy(api.easy_init()) {
  if (multi == nullptr || easy == nullptr) throw std::bad_alloc();
}

CurlChannel::~CurlChannel() {
  curl.easy_cleanup(easy);
  curl.multi_cleanup(multi);
}

CurlExchange::CurlExchange(std::unique_ptr<CurlChannel> channel, const CurlOptions& options,
                           const Certificates& certificates, const HttpRequest& request)
    : channel_(std::move(channel)),
      curl_(channel_->curl),
      options_(options),
      authority_(parse_url(request.url).authority),
      proxy_(choose_proxy(options, parse_url(request.url))),
      upload_(request.body),
      upload_left_(request.body_size),
      header_list_(nullptr, curl_.slist_free_all),
      error_text_(CURL_ERROR_SIZE) {
  curl_.easy_reset(channel_->easy);
  set(CURLOPT_URL, request.url.c_str());
  set_common_options();
  set_tls_options(certificates);
  set_method(request);
  set_headers(request);
  if (curl_.multi_add_handle(channel_->multi, channel_->easy) != CURLM_OK) throw std::bad_alloc();
  wakeup_.emplace(options_.stop, [this] { curl_.multi_wakeup(channel_->multi); });
}

CurlExchange::~CurlExchange() {
  wakeup_.reset();
  if (channel_) curl_.multi_remove_handle(channel_->multi, channel_->easy);
  channel_.reset();
}

template <typename Value>
void CurlExchange::set(CURLoption option, Value value) {
  const CURLcode code = curl_.easy_setopt(channel_->easy, option, value);
  if (code != CURLE_OK)
    throw Error(ErrorKind::unsupported,
                fmt::format("libcurl does not know option {}: {}", static_cast<int>(option),
                            curl_.easy_strerror(code)));
}

void CurlExchange::set_common_options() {
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ERRORBUFFER, error_text_.data());
  set(CURLOPT_USERAGENT, options_.user_agent.c_str());
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_TCP_NODELAY, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_time.count()));
  set(CURLOPT_BUFFERSIZE, kReceiveBytes);
  set(CURLOPT_UPLOAD_BUFFERSIZE, kSendBytes);
  // Both are set, so that libcurl does not read them from the environment.
  set(CURLOPT_PROXY, proxy_.c_str());
  set(CURLOPT_NOPROXY, "");
  set(CURLOPT_HEADERFUNCTION, &CurlExchange::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &CurlExchange::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_READFUNCTION, &CurlExchange::on_upload);
  set(CURLOPT_READDATA, static_cast<void*>(this));
}

void CurlExchange::set_tls_options(const Certificates& certificates) {
  const bool is_checked = options_.tls == TlsCheck::verify;
  set(CURLOPT_SSL_VERIFYPEER, is_checked ? 1L : 0L);
  set(CURLOPT_SSL_VERIFYHOST, is_checked ? 2L : 0L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (is_checked && !certificates.authorities.empty()) {
    // Replaces the system's CA bundle; its directory of CA certificates is still used.
    curl_blob authorities = blob_of(certificates.authorities);
    set(CURLOPT_CAINFO_BLOB, &authorities);
  }
  has_certificate_ = !certificates.certificate.empty();
  if (!has_certificate_) return;
  curl_blob certificate = blob_of(certificates.certificate);
  curl_blob key = blob_of(certificates.key);
  set(CURLOPT_SSLCERT_BLOB, &certificate);
  set(CURLOPT_SSLKEY_BLOB, &key);
  // For an encrypted key, OpenSSL would otherwise prompt at the terminal.
  set(CURLOPT_KEYPASSWD, "");
}

void CurlExchange::set_method(const HttpRequest& request) {
  const auto size = static_cast<curl_off_t>(request.body_size);
  if (request.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (request.method == "PUT" || request.method == "PATCH") {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, size);
    if (request.method != "PUT") set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  } else if (request.method == "POST") {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, size);
    if (request.body == nullptr) set(CURLOPT_POSTFIELDS, "");
  } else if (request.method != "GET") {
    set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
}

void CurlExchange::set_headers(const HttpRequest& request) {
  const auto add = [this](const std::string& line) {
    curl_slist* const longer = curl_.slist_append(header_list_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    (void)header_list_.release();
    header_list_.reset(longer);
  };
  // Waiting for "100 Continue" would cost a round trip, and many servers never send it.
  add("Expect:");
  bool has_type = false;
  for (const Header& header : request.headers) {
    add(header.name + ": " + header.value);
    has_type = has_type || header.name == "Content-Type";
  }
  if (!has_type) add("Content-Type:");
  set(CURLOPT_HTTPHEADER, header_list_.get());
}

std::size_t CurlExchange::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  try {
    exchange.take_header_line({data, size * count});
    return size * count;
  } catch (...) {
    exchange.exception_ = std::current_exception();
    return 0;
  }
}

void CurlExchange::take_header_line(std::string_view line) {
  header_bytes_ += line.size();
  moved_bytes_ += line.size();
  if (header_bytes_ > kMaxHeaderBytes)
    throw Error(ErrorKind::corrupt,
                fmt::format("{} sent more than {} bytes of headers", authority_, kMaxHeaderBytes));
  if (is_headers_done_) return;  // Trailers.
  if (line.starts_with("HTTP/")) {
    status = 0;
    headers.clear();
    const std::size_t space = std::min(line.find(' '), line.size() - 1);
    std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
    return;
  }
  line = trim(line);
  if (line.empty()) {
    is_headers_done_ = status >= 200;  // Otherwise it is an interim answer, and another follows.
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  headers.push_back(
      {std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1)))});
}

std::size_t CurlExchange::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  const std::size_t held = exchange.buffer_.size() - exchange.buffer_begin_;
  if (held >= kMaxBufferBytes) {
    exchange.is_paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  const auto bytes = as_bytes(std::string_view(data, size * count));
  try {
    exchange.buffer_.insert(exchange.buffer_.end(), bytes.begin(), bytes.end());
    exchange.moved_bytes_ += bytes.size();
  } catch (...) {
    exchange.exception_ = std::current_exception();
    return 0;
  }
  return bytes.size();
}

std::size_t CurlExchange::on_upload(char* data, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  if (exchange.upload_ == nullptr || exchange.upload_left_ == 0) return 0;
  try {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(size * count, exchange.upload_left_));
    const std::size_t read = exchange.upload_->read({reinterpret_cast<std::byte*>(data), wanted});
    exchange.upload_left_ -= read;
    exchange.moved_bytes_ += read;
    if (read == 0)
      throw Error(ErrorKind::corrupt, fmt::format("the content for {} ends {} bytes early",
                                                  exchange.authority_, exchange.upload_left_));
    return read;
  } catch (...) {
    exchange.exception_ = std::current_exception();
    return CURL_READFUNC_ABORT;
  }
}

void CurlExchange::check_stop() const {
  if (options_.stop.stop_requested()) throw Error(ErrorKind::cancelled, "the transfer was stopped");
}

void CurlExchange::wait(std::chrono::steady_clock::duration left) {
  using std::chrono::milliseconds;
  const auto time =
      std::clamp(std::chrono::ceil<milliseconds>(left), milliseconds(1), kLongestPoll);
  curl_.multi_poll(channel_->multi, nullptr, 0, static_cast<int>(time.count()), nullptr);
}

void CurlExchange::check_pace(std::chrono::steady_clock::duration spent) {
  period_time_ += spent;
  if (period_time_ < options_.idle_time) return;
  const double seconds = std::chrono::duration<double>(options_.idle_time).count();
  const std::uint64_t moved = moved_bytes_ - period_bytes_;
  const auto wanted = static_cast<double>(options_.least_bytes_per_second) * seconds;
  if (moved == 0)
    throw TransportError(TransportFault::interrupted,
                         fmt::format("{} sent no data for {} s", authority_, seconds));
  if (static_cast<double>(moved) < wanted)
    throw TransportError(TransportFault::interrupted,
                         fmt::format("the transfer with {} is slower than {} bytes per second",
                                     authority_, options_.least_bytes_per_second));
  period_time_ = {};
  period_bytes_ = moved_bytes_;
}

void CurlExchange::advance() {
  check_stop();
  const auto begin = std::chrono::steady_clock::now();
  int running = 0;
  const std::size_t held = buffer_.size();
  const bool had_headers = is_headers_done_;
  curl_.multi_perform(channel_->multi, &running);
  if (exception_) std::rethrow_exception(std::exchange(exception_, nullptr));
  int left = 0;
  while (const CURLMsg* message = curl_.multi_info_read(channel_->multi, &left))
    if (message->msg == CURLMSG_DONE) result_ = message->data.result;
  if (result_) return;
  if (buffer_.size() == held && had_headers == is_headers_done_)
    wait(options_.idle_time - period_time_);
  check_pace(std::chrono::steady_clock::now() - begin);
}

void CurlExchange::wait_for_headers() {
  while (!is_headers_done_ && !result_) advance();
  if (is_headers_done_) return;
  if (*result_ != CURLE_OK) fail(*result_);
  throw TransportError(TransportFault::interrupted,
                       fmt::format("the answer of {} is not HTTP", authority_));
}

std::size_t CurlExchange::read(std::span<std::byte> buffer) {
  if (buffer.empty()) return 0;
  while (buffer_begin_ == buffer_.size()) {
    // All data before the failure has been read, so that a retry can resume after it.
    if (result_ && *result_ != CURLE_OK) fail(*result_);
    if (result_) return 0;
    buffer_.clear();
    buffer_begin_ = 0;
    if (is_paused_) {
      is_paused_ = false;
      curl_.easy_pause(channel_->easy, CURLPAUSE_CONT);
      if (!buffer_.empty()) break;
    }
    advance();
  }
  const std::size_t count = std::min(buffer.size(), buffer_.size() - buffer_begin_);
  std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(buffer_begin_), count, buffer.begin());
  buffer_begin_ += count;
  return count;
}

std::unique_ptr<CurlChannel> CurlExchange::take_channel() {
  if (!result_ || *result_ != CURLE_OK) return nullptr;
  wakeup_.reset();
  curl_.multi_remove_handle(channel_->multi, channel_->easy);
  curl_.easy_reset(channel_->easy);  // Nothing of ours is pointed to any longer.
  return std::move(channel_);
}

void CurlExchange::check_proxy(CURLcode code, std::string_view detail) const {
  if (proxy_.empty()) return;
  const std::string name = proxy_name(proxy_);
  if (code == CURLE_COULDNT_RESOLVE_PROXY)
    throw TransportError(TransportFault::unreachable,
                         fmt::format("the proxy's host \"{}\" cannot be resolved", host_of(name)));
  long answer = 0;
  curl_.easy_getinfo(channel_->easy, CURLINFO_HTTP_CONNECTCODE, &answer);
  if (code == CURLE_COULDNT_CONNECT && answer == 0)
    throw TransportError(TransportFault::unreachable,
                         fmt::format("connect to the proxy {}: {}", name, detail));
  if (answer == 0 || answer / 100 == 2) return;
  const std::string said =
      fmt::format("the proxy {} answered {} and did not connect to {}", name, answer, authority_);
  if (answer == 407) throw Error(ErrorKind::denied, said, kProxyLoginHint);
  // Many proxies connect to the standard https port only; plain HTTP may still work.
  throw TransportError(answer / 100 == 5 ? TransportFault::unreachable : TransportFault::no_tls,
                       said);
}

bool is_no_tls(std::string_view detail) {
  // OpenSSL's and GnuTLS's messages for an answer that does not begin like a TLS record.
  for (const std::string_view words :
       {"wrong version number", "http request", "packet length too long", "unknown protocol",
        "unexpected TLS packet"})
    if (detail.find(words) != std::string_view::npos) return true;
  return false;
}

void CurlExchange::fail_tls(std::string_view detail) const {
  if (is_no_tls(detail))
    throw TransportError(TransportFault::no_tls,
                         fmt::format("{} does not speak TLS: {}", authority_, detail),
                         "Allow plain HTTP with --tls-verify=false.");
  throw TransportError(TransportFault::tls_failed,
                       fmt::format("the TLS handshake with {} failed: {}", authority_, detail),
                       "If it speaks plain HTTP only, allow that with --tls-verify=false.");
}

std::string_view tls_alert(std::string_view detail) {
  // OpenSSL's messages: "sslv3 alert handshake failure, errno 0", "tlsv13 alert certificate
  // required".
  constexpr std::string_view kAlert = " alert ";
  const std::size_t begin = detail.find(kAlert);
  if (begin == std::string_view::npos) return {};
  detail.remove_prefix(begin + kAlert.size());
  return detail.substr(0, detail.find(','));
}

void CurlExchange::check_certificates(CURLcode code, std::string_view detail) const {
  const auto fail_with = [](std::string message, std::string hint) {
    throw TransportError(TransportFault::untrusted, std::move(message), std::move(hint));
  };
  const std::string place = fmt::format(
      "a directory for --cert-dir, or into ~/.config/containers/certs.d/{}", authority_);
  if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_ISSUER_ERROR)
    fail_with(
        fmt::format("the certificate of {} is not trusted: {}", authority_, detail),
        fmt::format("Put the CA certificate as a .crt file into {}, or disable verification with "
                    "--tls-verify=false.",
                    place));
  if (code == CURLE_SSL_CACERT_BADFILE)
    fail_with(fmt::format("the CA certificates for {} cannot be read: {}", authority_, detail),
              "The .crt files must be in PEM format.");
  if (code == CURLE_SSL_CERTPROBLEM)
    fail_with(
        fmt::format("the client certificate for {} cannot be used: {}", authority_, detail),
        "The .cert and .key files must be in PEM format and match each other, and the key must "
        "not be encrypted.");
  const std::string_view alert = tls_alert(detail);
  if (alert.empty()) return;
  const bool is_about_us = alert.find("certificate") != std::string_view::npos ||
                           alert == "unknown ca" || alert == "access denied";
  const char* const what = !is_about_us       ? "rejected the TLS handshake"
                           : has_certificate_ ? "rejected the client certificate"
                                              : "requires a client certificate";
  fail_with(fmt::format("{} {}: {}", authority_, what, alert),
            is_about_us ? fmt::format("Put it as client.cert and client.key into {}.", place)
                        : fmt::format("If it requires a client certificate, put client.cert and "
                                      "client.key into {}.",
                                      place));
}

void CurlExchange::fail(CURLcode code) {
  long system_error = 0;
  curl_.easy_getinfo(channel_->easy, CURLINFO_OS_ERRNO, &system_error);
  const std::string_view detail = code == CURLE_COULDNT_CONNECT && system_error != 0
                                      ? std::strerror(static_cast<int>(system_error))
                                  : error_text_.front() != '\0' ? error_text_.data()
                                                                : curl_.easy_strerror(code);
  check_proxy(code, detail);
  check_certificates(code, detail);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      throw TransportError(TransportFault::unreachable,
                           fmt::format("host \"{}\" cannot be resolved", host_of(authority_)));
    case CURLE_COULDNT_CONNECT:
      throw TransportError(TransportFault::unreachable,
                           fmt::format("connect to {}: {}", authority_, detail));
    case CURLE_SSL_CONNECT_ERROR:
      fail_tls(detail);
    case CURLE_OPERATION_TIMEDOUT:
      throw TransportError(TransportFault::interrupted,
                           fmt::format("{} did not answer in time", authority_));
    default:
      throw TransportError(
          TransportFault::interrupted,
          fmt::format("the connection to {} was interrupted: {}", authority_, detail));
  }
}

}  // namespace modulah::registry
