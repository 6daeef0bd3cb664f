// Sends requests to one registry.
#include "client.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "failure.h"
#include "mask.h"
#include "text_source.h"

namespace modulah::registry {

namespace {

constexpr int kMaxRedirects = 10;
constexpr std::size_t kMaxDrainedBytes = 64 * 1024;
constexpr std::chrono::seconds kLongestWait{120};
constexpr std::size_t kMaxWarnings = 32;

/// Docker Hub is the only registry whose API has another host than its name.
std::string host_of_registry(const std::string& registry) {
  return registry == "docker.io" ? "registry-1.docker.io" : registry;
}

bool has_port(std::string_view authority) {
  return authority.find(':', std::min(authority.size(), authority.rfind(']') + 1)) !=
         std::string_view::npos;
}

bool is_redirect(const Call& call, int status) {
  if (status == 307 || status == 308) return true;
  // For these, a request with a body would have to become a GET.
  return (call.method == "GET" || call.method == "HEAD") && status >= 301 && status <= 303;
}

bool may_pass(TransportFault fault) {
  return fault == TransportFault::unreachable || fault == TransportFault::interrupted ||
         fault == TransportFault::tls_failed;
}

/// How long to wait before another attempt: as long as the server asks for, else `usual`. Nothing
/// when the error is permanent.
std::optional<std::chrono::milliseconds> wait_after(const Error& error,
                                                    std::chrono::milliseconds usual) {
  if (const auto* fault = dynamic_cast<const TransportError*>(&error))
    return may_pass(fault->fault()) ? std::optional(usual) : std::nullopt;
  const auto* passing = dynamic_cast<const PassingError*>(&error);
  if (passing == nullptr || passing->wait().value_or(kLongestWait) > kLongestWait)
    return std::nullopt;
  return passing->wait() ? std::chrono::milliseconds(*passing->wait()) : usual;
}

/// Reads the beginning of an answer's body into memory, and ends the exchange.
void keep_body(HttpResponse& response) {
  std::string text;
  std::array<std::byte, 4096> buffer{};
  try {
    while (text.size() < kMaxDrainedBytes) {
      const std::size_t count = response.body->read(buffer);
      if (count == 0) break;
      text += as_text(std::span(buffer).first(count));
    }
  } catch (const TransportError&) {
    // The status is known, and tells whether the request succeeded.
  }
  response.body = std::make_unique<TextSource>(std::move(text));
}

}  // namespace

void drain(const HttpResponse& response) {
  std::array<std::byte, 4096> buffer{};
  std::size_t left = kMaxDrainedBytes;
  try {
    while (left > buffer.size()) {
      const std::size_t count = response.body->read(buffer);
      if (count == 0) return;
      left -= count;
    }
  } catch (const TransportError&) {
    // Then the connection is not reused.
  }
}

Client::Client(Transport& transport, std::string registry, RegistryOptions options)
    : transport_(transport),
      registry_(std::move(registry)),
      host_(host_of_registry(registry_)),
      options_(std::move(options)),
      reporter_(options_.reporter != nullptr ? *options_.reporter : silent_reporter()),
      authorizer_(
          transport, registry_, options_.credentials,
          [this](std::string_view from, std::string_view url) { return may_follow(from, url); },
          options_.clock ? options_.clock : [] { return std::chrono::steady_clock::now(); }) {}

bool Client::may_use(std::string_view url) const {
  const Url parsed = parse_url(url);
  if (parsed.authority.empty()) return false;
  if (parsed.scheme == "https") return true;
  if (parsed.scheme != "http") return false;
  switch (options_.plain_http) {
    case PlainHttp::never:
      return false;
    case PlainHttp::on_loopback:
      return is_loopback(parsed.authority);
    case PlainHttp::allowed:
      return true;
  }
  return false;
}

bool Client::may_follow(std::string_view from, std::string_view url) const {
  const bool is_downgrade = parse_url(from).scheme == "https" && parse_url(url).scheme != "https";
  return may_use(url) && (!is_downgrade || options_.plain_http == PlainHttp::allowed);
}

void Client::prepare() { transport_.prepare(host_); }

Answer Client::call(const Call& call) {
  std::string origin;
  {
    const std::lock_guard lock(mutex_);
    origin = origin_;
  }
  if (!origin.empty()) return call_origin(call, origin);
  const std::string secure = "https://" + host_;
  const std::string plain = "http://" + host_;
  try {
    origin = secure;
    return call_origin(call, secure);
  } catch (const TransportError& error) {
    // Without an explicit port, plain HTTP has another port, where a server may listen. A
    // connection that is closed without an answer does not justify sending a password in clear
    // text, unless the user allows it.
    const bool is_other =
        error.fault() == TransportFault::no_tls ||
        (error.fault() == TransportFault::unreachable && !has_port(host_)) ||
        (error.fault() == TransportFault::tls_failed && options_.plain_http == PlainHttp::allowed);
    if (!is_other || !may_use(plain)) throw;
  }
  return call_origin(call, plain);
}

Answer Client::call_origin(const Call& call, const std::string& origin) {
  const Url url =
      call.target.starts_with('/') ? parse_url(origin + call.target) : parse_url(call.target);
  for (int attempt = 0;; ++attempt) {
    const bool is_own = url.origin() == origin;
    const std::string authorization = is_own ? authorizer_.header(call.scopes) : std::string();
    Answer answer = follow(call, url, origin, authorization);
    const bool is_answer_own = answer.url.origin() == origin;
    if (answer.response.status != 401 || attempt != 0 || !is_answer_own) return answer;
    if (!authorizer_.accept(answer.response, origin, authorization, call.scopes)) return answer;
    drain(answer.response);
  }
}

Answer Client::follow(const Call& call, Url url, const std::string& origin,
                      const std::string& authorization) {
  for (int count = 0;; ++count) {
    if (!may_follow(origin, url.text()))
      throw Error(ErrorKind::denied,
                  fmt::format("registry {} redirects to \"{}\", which has no TLS", registry_,
                              url.authority),
                  "Allow it with --tls-verify=false.");
    // The target of a redirect must not receive the login for the registry.
    HttpResponse response = send(call, url, url.origin() == origin ? authorization : std::string());
    {
      const std::lock_guard lock(mutex_);
      if (origin_.empty()) origin_ = origin;
    }
    const auto location = response.header("Location");
    if (!is_redirect(call, response.status) || !location) {
      show_warnings(response);
      return {std::move(response), std::move(url)};
    }
    if (count == kMaxRedirects)
      throw Error(ErrorKind::unavailable, fmt::format("registry {} redirects more than {} times",
                                                      registry_, kMaxRedirects));
    url = resolve_location(url, *location);
    drain(response);
  }
}

HttpResponse Client::send(const Call& call, const Url& url, const std::string& authorization) {
  HttpRequest request;
  request.method = call.method;
  request.url = url.text();
  request.headers = call.headers;
  if (!authorization.empty()) request.headers.push_back({"Authorization", authorization});
  std::unique_ptr<Source> body;
  if (call.open_body) {
    body = call.open_body();
    request.body = body.get();
    request.body_size = call.body_size;
  }
  reporter_.debug(fmt::format("{} {}{}", call.method, url.origin(),
                              url.target.substr(0, url.target.find('?'))));
  HttpResponse response = transport_.send(request);
  // `body` is destroyed here, so the exchange has to be complete.
  if (body) keep_body(response);
  return response;
}

void Client::retried(const std::function<void()>& action) {
  for (unsigned failures = 0;; ++failures) {
    try {
      action();
      return;
    } catch (const Error& error) {
      if (!wait_for_retry(error, failures)) throw;
    }
  }
}

bool Client::wait_for_retry(const Error& error, unsigned failures) {
  using std::chrono::milliseconds;
  const auto usual =
      std::min<milliseconds>(options_.retry_delay * (1LL << std::min(failures, 16U)), kLongestWait);
  const auto wait = wait_after(error, usual);
  if (!wait || failures >= options_.retries) return false;
  reporter_.info(fmt::format("{}; trying again in {} s ({} of {})", error.message(),
                             std::chrono::duration<double>(*wait).count(), failures + 1,
                             options_.retries));
  if (options_.sleep) options_.sleep(*wait);
  return true;
}

void Client::show_warnings(const HttpResponse& response) {
  for (const Header& header : response.headers) {
    const HttpResponse one{0, {header}, nullptr};
    if (!one.header("Warning")) continue;
    const std::string_view value = header.value;
    const std::size_t begin = value.find('"');
    const std::size_t end = value.rfind('"');
    if (!value.starts_with("299 ") || begin == std::string_view::npos || begin == end) continue;
    const std::string text = clean_text(
        mask_secrets(std::string(value.substr(begin + 1, end - begin - 1)), credentials()));
    const std::lock_guard lock(mutex_);
    if (warnings_.size() < kMaxWarnings && warnings_.insert(text).second)
      reporter_.warning(fmt::format("registry {} says: {}", registry_, text));
  }
}

}  // namespace modulah::registry
