// Answers challenges: with name and password, or with a token from the server that they name.
#include "modulah/registry/auth.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/json.h"

#include "base64.h"
#include "client.h"
#include "failure.h"
#include "mask.h"
#include "url.h"

namespace modulah::registry {

namespace {

using std::chrono::seconds;

constexpr std::uint64_t kMaxAnswerBytes = 1 << 20;
/// The lifetime of a token that does not state one, by the specification.
constexpr std::int64_t kUsualLifetime = 60;
constexpr std::int64_t kLongestLifetime = 24L * 3600;
/// A token is renewed this long before it expires, or after half of a short lifetime.
constexpr std::int64_t kRenewalMargin = 10;
constexpr int kMaxRedirects = 5;

std::string joined(const std::vector<std::string>& scopes) {
  return fmt::format("{}", fmt::join(scopes, " "));
}

std::string parameter(const Challenge& challenge, const char* name) {
  const auto found = challenge.parameters.find(name);
  return found == challenge.parameters.end() ? "" : found->second;
}

/// The best challenge: a token server, else a password.
std::optional<Challenge> choose(const HttpResponse& answer) {
  std::optional<Challenge> chosen;
  for (const Header& header : answer.headers) {
    const HttpResponse one{0, {header}, nullptr};
    if (!one.header("WWW-Authenticate")) continue;
    for (Challenge& challenge : parse_challenges(header.value)) {
      const bool is_bearer = challenge.scheme == "bearer" && !parameter(challenge, "realm").empty();
      if (is_bearer) return challenge;
      if (challenge.scheme == "basic" && !chosen) chosen = std::move(challenge);
    }
  }
  return chosen;
}

/// A request with a body is repeated only for the statuses that keep its method.
bool is_redirect(int status, bool has_body) {
  return status == 307 || status == 308 || (!has_body && status >= 301 && status <= 303);
}

/// A text as a value of an HTML form.
std::string form_field(std::string_view name, std::string_view value) {
  return with_parameter("", name, value).substr(1);
}

}  // namespace

std::string basic_authorization(const Credentials& credentials) {
  return "Basic " + to_base64(credentials.username + ":" + credentials.password);
}

Authorizer::Authorizer(Transport& transport, std::string registry, Credentials credentials,
                       MayFollow may_follow, Clock clock)
    : transport_(transport),
      registry_(std::move(registry)),
      credentials_(std::move(credentials)),
      may_follow_(std::move(may_follow)),
      clock_(std::move(clock)) {}

std::string Authorizer::header(const std::vector<std::string>& scopes) {
  const std::lock_guard lock(mutex_);
  if (!challenge_) return {};
  if (challenge_->scheme == "basic")
    return credentials_.is_empty() ? "" : basic_authorization(credentials_);
  const auto found = tokens_.find(joined(scopes));
  if (found != tokens_.end() && clock_() < found->second.ends)
    return "Bearer " + found->second.value;
  Token token = fetch_token(scopes);
  std::string value = "Bearer " + token.value;
  tokens_[joined(scopes)] = std::move(token);
  return value;
}

bool Authorizer::accept(const HttpResponse& answer, const std::string& origin,
                        const std::string& used, const std::vector<std::string>& scopes) {
  std::optional<Challenge> challenge = choose(answer);
  const std::lock_guard lock(mutex_);
  if (!challenge)
    throw Error(ErrorKind::unsupported,
                fmt::format("registry {} requires authentication that is neither Basic nor Bearer",
                            registry_));
  const bool is_basic = challenge->scheme == "basic";
  if (!challenge_ || challenge_->scheme != challenge->scheme || challenge_->parameters.empty()) {
    challenge_ = std::move(challenge);
    origin_ = origin;
  }
  if (is_basic) return !credentials_.is_empty() && used != basic_authorization(credentials_);
  // The token may have been revoked, or the server's clock is ahead. Unless another thread has a
  // new one already, the next `header` asks for it.
  const auto found = tokens_.find(joined(scopes));
  if (found != tokens_.end() && used == "Bearer " + found->second.value) tokens_.erase(found);
  return true;
}

HttpRequest Authorizer::get_request(const std::vector<std::string>& scopes) const {
  HttpRequest request;
  request.url = parameter(*challenge_, "realm");
  const std::string service = parameter(*challenge_, "service");
  if (!service.empty()) request.url = with_parameter(request.url, "service", service);
  for (const std::string& scope : scopes) request.url = with_parameter(request.url, "scope", scope);
  if (!credentials_.username.empty())
    request.headers.push_back({"Authorization", basic_authorization(credentials_)});
  return request;
}

Authorizer::Token Authorizer::fetch_token(const std::vector<std::string>& scopes) {
  check_realm();
  const std::string realm = parameter(*challenge_, "realm");
  HttpRequest request = get_request(scopes);
  std::string form;
  if (!credentials_.identity_token.empty()) {
    form = form_field("grant_type", "refresh_token") + "&" +
           form_field("service", parameter(*challenge_, "service")) + "&" +
           form_field("client_id", "modulah") + "&" + form_field("scope", joined(scopes)) + "&" +
           form_field("refresh_token", credentials_.identity_token);
    request.method = "POST";
    request.url = realm;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  }
  return read_token(send_following(std::move(request), form));
}

void Authorizer::check_realm() const {
  const std::string realm = parameter(*challenge_, "realm");
  const Url url = parse_url(realm);
  if (url.authority.empty() || (url.scheme != "http" && url.scheme != "https"))
    throw Error(ErrorKind::unsupported,
                fmt::format("registry {} names \"{}\" as its token server, which is not an http or "
                            "https URL",
                            registry_, clean_text(mask_secrets(realm, credentials_))));
  if (may_follow_(origin_, realm)) return;
  if (parse_url(origin_).scheme == "https")
    throw Error(ErrorKind::denied,
                fmt::format("registry {} uses TLS, but names the token server \"{}\" without TLS",
                            registry_, url.authority),
                "The registry's administrator has to configure a token server with https.");
  throw Error(ErrorKind::denied,
              fmt::format("registry {} names the token server \"{}\" without TLS", registry_,
                          url.authority),
              "Allow it with --tls-verify=false.");
}

HttpResponse Authorizer::send_following(HttpRequest request, std::string_view form) {
  const Url first = parse_url(request.url);
  for (int count = 0;; ++count) {
    SpanSource body(form);
    if (!form.empty()) {
      request.body = &body;
      request.body_size = form.size();
    }
    HttpResponse answer = transport_.send(request);
    const auto location = answer.header("Location");
    if (!location || !is_redirect(answer.status, !form.empty())) {
      // The password was not sent there, so it was not refused.
      if (answer.status == 401 && parse_url(request.url).origin() != first.origin())
        throw_led_away(parse_url(request.url), "requires a login of its own");
      return answer;
    }
    if (count == kMaxRedirects)
      throw Error(ErrorKind::unavailable,
                  fmt::format("the token server of registry {} redirects more than {} times",
                              registry_, kMaxRedirects));
    const Url from = parse_url(request.url);
    const Url to = resolve_location(from, *location);
    // Never from TLS to plain HTTP, not even when the user allows that for the registry.
    if (!may_follow_(from.text(), to.text()) || (from.scheme == "https" && to.scheme != "https"))
      throw_led_away(to, "has no TLS");
    if (to.origin() != first.origin()) {
      if (!form.empty()) throw_led_away(to, "would receive the login");
      std::erase_if(request.headers, [](const Header& h) { return h.name == "Authorization"; });
    }
    request.url = to.text();
    drain(answer);
  }
}

void Authorizer::throw_led_away(const Url& to, std::string_view what) const {
  throw Error(ErrorKind::denied, fmt::format("the token server of registry {} redirects to \"{}\", "
                                             "which {}",
                                             registry_, to.authority, what));
}

Authorizer::Token Authorizer::read_token(const HttpResponse& answer) const {
  if (answer.status == 401 || answer.status == 403)
    throw Error(ErrorKind::denied,
                credentials_.is_empty() ? fmt::format("registry {} requires a password", registry_)
                                        : fmt::format("registry {} rejected the password of \"{}\"",
                                                      registry_, credentials_.username),
                fmt::format("Run 'modulah login {}'.", registry_));
  if (answer.status != 200)
    throw_status(answer, fmt::format("the token server of registry {} answered {}", registry_,
                                     answer.status));
  const std::string text =
      read_all(*answer.body, kMaxAnswerBytes, "the answer of the token server of " + registry_);
  const auto record = parse_json<nlohmann::json>(text);
  Token token;
  for (const char* name : {"token", "access_token"})
    if (token.value.empty() && record.is_object() && record.contains(name) &&
        record[name].is_string())
      token.value = record[name].get<std::string>();
  const bool is_clean = std::all_of(token.value.begin(), token.value.end(),
                                    [](char c) { return c > ' ' && c < '\x7f'; });
  if (token.value.empty() || !is_clean)
    throw Error(ErrorKind::unavailable,
                fmt::format("the token server of registry {} returned no token", registry_));
  std::int64_t lifetime = kUsualLifetime;
  // As a double first, so that a number too large for an integer is clamped, too.
  if (record.contains("expires_in") && record["expires_in"].is_number())
    lifetime = static_cast<std::int64_t>(
        std::clamp<double>(record["expires_in"].get<double>(), 1, kLongestLifetime));
  token.ends = clock_() + seconds(lifetime - std::min(kRenewalMargin, (lifetime + 1) / 2));
  return token;
}

}  // namespace modulah::registry
