// One registry, asked with everything that stands around a request: the scheme, the login,
// redirects, and trying again.
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
  Url url;  ///< Where it came from, for relative Locations.
};

/// Safe to use from several threads at once.
class Client {
 public:
  Client(Transport& transport, std::string registry, RegistryOptions options);

  /// The answer, whatever its status is, but for 401 that a login can mend and redirects. Throws
  /// TransportError and what the login throws.
  /// See Transport::prepare.
  void prepare();
  [[nodiscard]] Answer call(const Call& call);
  /// Calls `action`, again and later when it throws what may pass.
  void retried(const std::function<void()>& action);
  /// Waits before another try, longer each time, or as long as the server said. False, without
  /// waiting, when `error` will not pass or the `failures` before it were all that is allowed.
  [[nodiscard]] bool wait_for_retry(const Error& error, unsigned failures);
  /// True for a URL that passwords and content may go to: with TLS, unless that is allowed.
  [[nodiscard]] bool may_use(std::string_view url) const;
  /// The same, when it is `from` that leads there: TLS is not left for plain HTTP.
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
  const std::string host_;  ///< Where its API is.
  const RegistryOptions options_;
  Reporter& reporter_;
  Authorizer authorizer_;
  std::mutex mutex_;
  std::string origin_;  ///< "https://host"; empty until one has answered.
  std::set<std::string> warnings_;
};

/// Reads what is left of an answer, when it is little, so that its connection can be used again.
void drain(const HttpResponse& response);

}  // namespace modulah::registry
