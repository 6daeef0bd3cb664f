// Authentication at a registry: challenges, passwords and tokens.
//
// A registry answers the first request with 401 and a challenge. Basic requires user and password
// with each request; Bearer names a server that issues tokens for a scope
// ("repository:demo/app:pull"). Tokens are cached by scope and renewed shortly before they expire,
// so that a long push does not fail in the middle.
// https://distribution.github.io/distribution/spec/auth/token/
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/registry/credentials.h"
#include "modulah/registry/transport.h"

namespace modulah::registry {

struct Url;

/// One challenge of a WWW-Authenticate header: `Bearer realm="…",service="…"`.
struct Challenge {
  std::string scheme;                             ///< In lower case: "basic", "bearer".
  std::map<std::string, std::string> parameters;  ///< By name, in lower case.

  friend bool operator==(const Challenge&, const Challenge&) = default;
};

/// The challenges of one header, in order, up to the first malformed one. Never throws.
/// https://www.rfc-editor.org/rfc/rfc9110#name-www-authenticate
[[nodiscard]] std::vector<Challenge> parse_challenges(std::string_view header);

/// "Basic " and base64 of "user:password".
[[nodiscard]] std::string basic_authorization(const Credentials& credentials);

/// The Authorization header for one registry. Safe to use from several threads at once.
class Authorizer {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  /// Whether a URL that the server at `from` names may be used: one without TLS only when that is
  /// allowed.
  using MayFollow = std::function<bool(std::string_view from, std::string_view url)>;

  /// `transport` must outlive it. `registry` is for messages.
  Authorizer(Transport& transport, std::string registry, Credentials credentials,
             MayFollow may_follow, Clock clock);

  /// The value of the header for a request that needs `scopes`; empty before the first challenge.
  /// Requests a new token when the cached one expires soon. Throws Error denied when the token
  /// server rejects the password, unavailable when it does not answer.
  [[nodiscard]] std::string header(const std::vector<std::string>& scopes);
  /// Takes the challenge of an answer with status 401 from `origin` ("https://host") to a request
  /// that had `used` as its header.
  /// Returns false when a retry cannot succeed, because `used` is all there is. Throws Error
  /// unsupported when no challenge is supported.
  [[nodiscard]] bool accept(const HttpResponse& answer, const std::string& origin,
                            const std::string& used, const std::vector<std::string>& scopes);
  [[nodiscard]] const Credentials& credentials() const noexcept { return credentials_; }

 private:
  struct Token {
    std::string value;
    std::chrono::steady_clock::time_point ends;
  };
  [[nodiscard]] Token fetch_token(const std::vector<std::string>& scopes);
  /// Sends a request, with `form` as its body unless that is empty, and follows redirects. The
  /// login is sent only to the server that the challenge names.
  [[nodiscard]] HttpResponse send_following(HttpRequest request, std::string_view form);
  [[noreturn]] void throw_led_away(const Url& to, std::string_view what) const;
  /// Throws when the token server that the challenge names may not be used.
  void check_realm() const;
  [[nodiscard]] Token read_token(const HttpResponse& answer) const;
  [[nodiscard]] HttpRequest get_request(const std::vector<std::string>& scopes) const;

  Transport& transport_;
  const std::string registry_;
  const Credentials credentials_;
  const MayFollow may_follow_;
  const Clock clock_;
  std::mutex mutex_;  ///< Held while a token is fetched: other threads wait for the same one.
  std::optional<Challenge> challenge_;
  std::string origin_;                   ///< Of the challenge.
  std::map<std::string, Token> tokens_;  ///< By the scopes, joined.
};

}  // namespace modulah::registry
