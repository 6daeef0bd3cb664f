// The programs docker-credential-NAME, which store passwords outside of files.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/registry/credentials.h"

namespace modulah::registry {

/// Each call runs the program once, for at most a minute. All throw Error: unavailable when it
/// fails, not_found when it is not installed, invalid when `name` is malformed or its output is.
class CredentialHelper {
 public:
  CredentialHelper(std::string name, const CredentialPlaces& places);

  /// False when there is no such program.
  [[nodiscard]] bool is_installed() const;
  /// Nothing when it stores none for this registry.
  [[nodiscard]] std::optional<Credentials> get(std::string_view registry) const;
  void store(std::string_view registry, const Credentials& credentials) const;
  void erase(std::string_view registry) const;
  /// All registries that it stores logins for, in its own spelling.
  [[nodiscard]] std::vector<std::string> list() const;

 private:
  struct Answer {
    bool is_success = false;
    std::string output;
    std::string complaint;  ///< The first line of its error output, without secrets.
  };
  /// `known` is masked in the complaint.
  [[nodiscard]] Answer run(const char* verb, std::string input,
                           const Credentials& known = {}) const;
  [[noreturn]] void fail(const char* verb, const Answer& answer) const;

  std::string program_;
  const CredentialPlaces& places_;
};

}  // namespace modulah::registry
