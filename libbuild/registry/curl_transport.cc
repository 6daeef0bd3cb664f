// Reuses connections: an exchange takes a free one, and returns it when the answer has been read.
#include "modulah/registry/curl_transport.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/registry/repository.h"

#include "curl_exchange.h"
#include "tls_probe.h"
#include "url.h"

namespace modulah::registry {

namespace {

constexpr std::size_t kMaxIdleChannels = 16;
constexpr std::uint64_t kMaxCertificateBytes = 4 << 20;
constexpr std::size_t kMaxCertificateFiles = 1'000;
/// After this time without an answer, it is left to libcurl to find out whether a server speaks
/// TLS.
constexpr std::chrono::milliseconds kLongestProbe{1'000};

/// The files in a directory with this extension, sorted by name.
std::vector<std::filesystem::path> files_with(const std::filesystem::path& directory,
                                              std::string_view ending) {
  std::vector<std::filesystem::path> found;
  std::error_code error;
  std::filesystem::directory_iterator entry(directory, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    if (entry->path().extension() == ending && found.size() < kMaxCertificateFiles)
      found.push_back(entry->path());
  std::sort(found.begin(), found.end());
  return found;
}

/// Throws when one of two files that belong together is missing.
void check_pairs(const std::filesystem::path& directory) {
  struct Kind {
    const char* ending;
    const char* other;
    const char* text;
  };
  for (const Kind& kind : {Kind{".cert", ".key", "certificate {} has no {}"},
                           Kind{".key", ".cert", "key {} has no {}"}})
    for (const std::filesystem::path& path : files_with(directory, kind.ending)) {
      const auto other = std::filesystem::path(path).replace_extension(kind.other);
      if (std::filesystem::exists(other)) continue;
      throw Error(ErrorKind::not_found,
                  fmt::format(fmt::runtime(kind.text), path.native(), other.filename().native()),
                  "A client certificate is NAME.cert with NAME.key; a CA certificate is NAME.crt.");
    }
}

std::string read_authority(const std::filesystem::path& path) {
  std::string text = read_regular_file(path, kMaxCertificateBytes);
  if (text.find("-----BEGIN ") == std::string::npos)
    throw Error(ErrorKind::invalid,
                fmt::format("{} is not a certificate in PEM format", path.native()),
                "The file must begin with \"-----BEGIN CERTIFICATE-----\".");
  return text;
}

Certificates read_certificates(const CurlOptions& options) {
  Certificates read;
  if (!options.authority_file.empty())
    read.authorities =
        read_file_if_exists(options.authority_file, kMaxCertificateBytes).value_or("");
  for (const std::filesystem::path& directory : options.certificate_directories) {
    for (const auto& path : files_with(directory, ".crt"))
      read.authorities += read_authority(path) + "\n";
    check_pairs(directory);
    for (const auto& path : files_with(directory, ".cert")) {
      if (!read.certificate.empty()) continue;  // A connection can present only one.
      const auto key = std::filesystem::path(path).replace_extension(".key");
      read.certificate = read_regular_file(path, kMaxCertificateBytes);
      read.key = read_regular_file(key, kMaxCertificateBytes);
    }
  }
  return read;
}

class CurlTransport : public Transport {
 public:
  explicit CurlTransport(CurlOptions options) : options_(std::move(options)) {}

  void prepare(const std::string& authority) override { (void)speech_of(authority); }
  HttpResponse send(const HttpRequest& request) override;
  [[nodiscard]] std::unique_ptr<CurlChannel> take_channel(const std::string& origin);
  void give_back(std::unique_ptr<CurlChannel> channel);

 private:
  [[nodiscard]] Speech speech_of(const std::string& authority);
  [[nodiscard]] const Certificates& certificates();

  const CurlOptions options_;
  std::mutex certificates_mutex_;
  std::optional<Certificates> certificates_;  ///< Read when TLS is first used.
  const Certificates no_certificates_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<CurlChannel>> idle_;
  std::mutex speeches_mutex_;
  std::map<std::string, Speech> speeches_;  ///< Of servers on this machine, by authority.
};

class CurlBody : public Source {
 public:
  CurlBody(CurlTransport& transport, std::unique_ptr<CurlExchange> exchange)
      : transport_(transport), exchange_(std::move(exchange)) {}

  ~CurlBody() override { end(); }

  std::size_t read(std::span<std::byte> buffer) override {
    if (!exchange_ || buffer.empty()) return 0;
    const std::size_t count = exchange_->read(buffer);
    if (count == 0) end();
    return count;
  }

 private:
  void end() {
    if (exchange_)
      if (auto channel = exchange_->take_channel()) transport_.give_back(std::move(channel));
    exchange_.reset();
  }

  CurlTransport& transport_;
  std::unique_ptr<CurlExchange> exchange_;  ///< Null after the end has been read.
};

std::unique_ptr<CurlChannel> CurlTransport::take_channel(const std::string& origin) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(idle_.begin(), idle_.end(),
                                  [&](const auto& channel) { return channel->origin == origin; });
  if (found == idle_.end()) return std::make_unique<CurlChannel>(curl_api());
  std::unique_ptr<CurlChannel> channel = std::move(*found);
  idle_.erase(found);
  return channel;
}

void CurlTransport::give_back(std::unique_ptr<CurlChannel> channel) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMaxIdleChannels) idle_.push_back(std::move(channel));
}

/// Asks a server on this machine only once, also when called from several threads.
Speech CurlTransport::speech_of(const std::string& authority) {
  if (!is_loopback(authority)) return Speech::unknown;
  const std::lock_guard lock(speeches_mutex_);
  const auto found = speeches_.find(authority);
  if (found != speeches_.end()) return found->second;
  const Speech speech = probe_tls(authority, std::min(options_.connect_time, kLongestProbe));
  // A server without an answer may only be starting.
  if (speech != Speech::unknown) speeches_.emplace(authority, speech);
  return speech;
}

/// Not std::call_once: an exception would pass through frames of the C library, which terminates a
/// program that is linked with a static libgcc.
const Certificates& CurlTransport::certificates() {
  const std::lock_guard lock(certificates_mutex_);
  if (!certificates_) certificates_ = read_certificates(options_);
  return *certificates_;
}

HttpResponse CurlTransport::send(const HttpRequest& request) {
  const Url url = parse_url(request.url);
  if (url.authority.empty() || (url.scheme != "http" && url.scheme != "https"))
    throw Error(ErrorKind::invalid, "only http and https URLs are supported");
  const bool is_tls = url.scheme == "https";
  if (is_tls && speech_of(url.authority) == Speech::plain_http)
    throw TransportError(TransportFault::no_tls,
                         fmt::format("{} does not speak TLS", url.authority),
                         "Allow plain HTTP with --tls-verify=false.");
  std::unique_ptr<CurlChannel> channel = take_channel(url.origin());
  channel->origin = url.origin();
  auto exchange = std::make_unique<CurlExchange>(
      std::move(channel), options_, is_tls ? certificates() : no_certificates_, request);
  exchange->wait_for_headers();
  HttpResponse response;
  response.status = exchange->status;
  response.headers = std::move(exchange->headers);
  response.body = std::make_unique<CurlBody>(*this, std::move(exchange));
  return response;
}

}  // namespace

CurlPreload::CurlPreload() {
  try {
    thread_ = std::thread([] {
      try {
        (void)curl_api();
      } catch (const Error&) {
        // The first request retries, and reports the error.
      }
    });
  } catch (const std::system_error&) {
    // Then it is loaded when it is needed.
  }
}

CurlPreload::~CurlPreload() {
  if (thread_.joinable()) thread_.join();
}

std::unique_ptr<Transport> make_curl_transport(CurlOptions options) {
  return std::make_unique<CurlTransport>(std::move(options));
}

}  // namespace modulah::registry
