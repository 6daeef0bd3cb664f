// What the commands for registries have in common: their options, and how these, the environment
// and the files are turned into a connection.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "modulah/oci/reference.h"
#include "modulah/registry/credentials.h"
#include "modulah/registry/repository.h"
#include "modulah/registry/transport.h"

#include "command.h"

namespace modulah::cli {

/// The values of --authfile, --compat-auth-file, --cert-dir, --creds, --tls-verify, --retry and
/// --retry-delay.
struct RegistryFlags {
  std::string auth_file;
  std::string docker_file;  ///< An auth file in docker's format; excludes `auth_file`.
  std::string certificate_directory;
  std::string credentials;  ///< "USER[:PASSWORD]", "@FILE", or empty.
  /// Not given: TLS with a trusted certificate, but plain HTTP for hosts on this machine that do
  /// not speak TLS.
  std::optional<bool> is_tls_verified;
  unsigned retries = 3;
  std::string retry_delay = "1s";
};

/// Adds --compat-auth-file, for the commands that change logins.
void add_compat_flag(CLI::App& app, RegistryFlags& flags);
/// Adds --authfile, --cert-dir and --tls-verify.
void add_login_flags(CLI::App& app, RegistryFlags& flags);
/// Adds the same and --creds, --retry and --retry-delay.
void add_registry_flags(CLI::App& app, RegistryFlags& flags);

/// Where credentials are stored. Requests the interrupts' stop token: call it before any thread is
/// started.
[[nodiscard]] registry::CredentialStore credential_store(const Invocation& invocation,
                                                         const RegistryFlags& flags);

/// The connection to one registry.
struct Connection {
  std::unique_ptr<registry::Transport> transport;  ///< Never null; must outlive its users.
  registry::RegistryOptions options;
};

/// For the registry "host[:port]", without credentials. `reporter` must outlive it.
[[nodiscard]] Connection connect(const Invocation& invocation, const RegistryFlags& flags,
                                 const std::string& registry, Reporter& reporter);
/// For a repository, with the credentials of --creds or the stored ones.
[[nodiscard]] Connection connect(const Invocation& invocation, const RegistryFlags& flags,
                                 const oci::Reference& repository, Reporter& reporter);

/// The tag of a reference, or its digest when it has no tag: its name in the repository.
[[nodiscard]] std::string name_in_repository(const oci::Reference& reference);

}  // namespace modulah::cli
