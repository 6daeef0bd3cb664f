// Sends requests to one registry, with all that belongs to a request: the scheme, the login,
// redirects and retries.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "modulah/registry/auth.h"
#include "modulah/registry/repository.h"

#include "url.h"

namespace modulah::registry {

struct Call {
  std::string method = "GET";
  std::string target;  ///< "/v2/…", or a whole URL.
  std::vector<Header> headers = {};
  OpenBlob open_body = {};  ///< Called for each time the request is sent; empty: no body.
  std::uint64_t body_size = 0;
  std::vector<std::string> scopes = {};
};

struct Answer {
  HttpResponse response;
  Url url;  ///< Where the answer came from, for relative Locations.
};

/// Safe to use from several threads at once.
class Client {
 public:
  Client(Transport& transport, std::string registry, RegistryOptions options);

  /// See Transport::prepare.
  void prepare();
  /// The answer, whatever its status. Redirects are followed, and a 401 is answered with the login
  /// when there is one. Throws TransportError and what the login throws.
  [[nodiscard]] Answer call(const Call& call);
  /// Calls `action`, and again after a wait when it throws an error that may be temporary.
  void retried(const std::function<void()>& action);
  /// Waits before another attempt, longer each time, or as long as the server asks for. Returns
  /// false, without waiting, when `error` is permanent or `failures` earlier ones used up all
  /// attempts.
  [[nodiscard]] bool wait_for_retry(const Error& error, unsigned failures);
  /// True for a URL that passwords and content may be sent to: one with TLS, or plain HTTP where
  /// that is allowed.
  [[nodiscard]] bool may_use(std::string_view url) const;
  /// The same for a URL that a server at `from` names: TLS is not left for plain HTTP.
  [[nodiscard]] bool may_follow(std::string_view from, std::string_view url) const;

  [[nodiscard]] const std::string& registry() const noexcept { return registry_; }
  [[nodiscard]] const std::string& user() const noexcept {
    return authorizer_.credentials().username;
  }
  [[nodiscard]] const Credentials& credentials() const noexcept {
    return authorizer_.credentials();
  }
  [[nodiscard]] Reporter& reporter() const { return reporter_; }
  [[nodiscard]] unsigned retries() const noexcept { return options_.retries; }

 private:
  [[nodiscard]] Answer call_origin(const Call& call, const std::string& origin);
  [[nodiscard]] Answer follow(const Call& call, Url url, const std::string& origin,
                              const std::string& authorization);
  [[nodiscard]] HttpResponse send(const Call& call, const Url& url,
                                  const std::string& authorization);
  void show_warnings(const HttpResponse& response);

  Transport& transport_;
  const std::string registry_;
  const std::string host_;  ///< The host of its API.
  const RegistryOptions options_;
  Reporter& reporter_;
  Authorizer authorizer_;
  std::mutex mutex_;
  std::string origin_;  ///< "https://host"; empty until the first answer.
  std::set<std::string> warnings_;
};

/// Reads the rest of an answer, when it is short, so that the connection can be reused.
void drain(const HttpResponse& response);

}  // namespace modulah::registry
