// Passwords for registries, where podman and docker store them.
//
// Both use JSON files of the same format: "auths" maps a key (a registry; with podman also a part
// of a repository's path; with old versions of docker a URL) to base64 of "user:password", and
// "credHelpers" and "credsStore" name programs that store the passwords instead. The files are read
// in podman's order; the first one with a matching key is used, with its most specific key. Logins
// are saved in podman's file, unless the user specifies another.
//
// When registries.conf has a list of credential helpers, they are asked in its order, and the files
// only where the list has "containers-auth.json". A docker configuration that the user specifies is
// used alone: docker does not support that list.
//
// https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace modulah::registry {

/// A user with a password, or an identity token; all empty: anonymous.
struct Credentials {
  std::string username;
  std::string password;
  std::string identity_token;  ///< For OAuth2; user and password are not used then.

  [[nodiscard]] bool is_empty() const {
    return username.empty() && password.empty() && identity_token.empty();
  }
  friend bool operator==(const Credentials&, const Credentials&) = default;
};

/// The content of one file.
struct AuthFile {
  std::map<std::string, Credentials> entries;  ///< By the key as written.
  /// Error messages for malformed entries, by key. They do not affect other entries.
  std::map<std::string, std::string> faults;
  std::map<std::string, std::string> helpers;  ///< credHelpers: registry to program suffix.
  std::string default_helper;                  ///< credsStore, or empty.
};

/// The two formats of the file: with the entries in "auths", or at the top level (~/.dockercfg).
enum class AuthFileForm { current, legacy };

/// Parses a file's text; `what` names it in messages. Entries with neither user nor token are left
/// out: docker writes them when a helper stores the rest. Throws Error invalid, without showing the
/// text, when the file as a whole is malformed.
[[nodiscard]] AuthFile parse_auth_file(std::string_view json, std::string_view what,
                                       AuthFileForm form = AuthFileForm::current);

/// The keys that may have the credentials for a repository, the most specific first: "host/a/b",
/// "host/a", "host". For an empty repository, only the host.
[[nodiscard]] std::vector<std::string> credential_keys(std::string_view registry,
                                                       std::string_view repository);

/// The normalized key of an auth file: "https://index.docker.io/v1/" is "docker.io". A path is
/// kept, unless the key is a URL or the file has the legacy format, which has no paths.
[[nodiscard]] std::string normal_key(std::string_view key,
                                     AuthFileForm form = AuthFileForm::current);

/// Where the files are. Empty paths are ignored.
struct CredentialPlaces {
  std::filesystem::path auth_file;         ///< --authfile: no other file is used then.
  std::filesystem::path environment_file;  ///< REGISTRY_AUTH_FILE: the same.
  /// $DOCKER_CONFIG/config.json: the same, and it is written like docker does: see `save`.
  std::filesystem::path docker_only_file;
  /// podman's: $XDG_RUNTIME_DIR/containers/auth.json, or /run/containers/UID/auth.json. Logins are
  /// saved in this one.
  std::filesystem::path runtime_file;
  /// $XDG_CONFIG_HOME/containers/auth.json, or ~/.config/containers/auth.json; logins are
  /// saved in it when `runtime_file` is not writable.
  std::filesystem::path config_file;
  std::filesystem::path docker_file;  ///< ~/.docker/config.json.
  std::filesystem::path legacy_file;  ///< ~/.dockercfg.
  /// registries.conf and its drop-ins; the last one with credential helpers applies. The files need
  /// not exist.
  std::vector<std::filesystem::path> registries_files;
  std::string search_path;               ///< PATH, for the docker-credential-… programs.
  std::vector<std::string> environment;  ///< "NAME=value" each, for those programs.
  std::stop_token stop;
};

/// Reads the files each time. Safe to use from several threads at once.
class CredentialStore {
 public:
  explicit CredentialStore(CredentialPlaces places) : places_(std::move(places)) {}

  /// The credentials for a repository, or nothing. An empty `repository` means the whole registry.
  /// Throws Error: not_found when the file of --authfile does not exist, invalid for a malformed
  /// file, unavailable when a helper program fails and no other helper has the credentials.
  [[nodiscard]] std::optional<Credentials> find(std::string_view registry,
                                                std::string_view repository) const;
  /// Saves credentials under `key` ("host[:port][/path]"), in the first helper of registries.conf
  /// that accepts them. For the auth files that is the helper that the file names for the registry,
  /// else the file itself, with mode 0600; its other content is preserved. docker's file uses the
  /// old URL of Docker Hub as its key, and gets an empty entry when a helper has the password.
  /// Throws Error unsupported for a path when the file or the helper does not support paths, and
  /// unavailable when another process has locked the file's directory for too long.
  void save(const std::string& key, const Credentials& credentials) const;
  /// Removes the credentials for `key` from all helpers. Returns false when there were none.
  bool erase(const std::string& key) const;
  /// Removes all entries of the file that `save` writes, and all logins of the helpers.
  void erase_all() const;
  /// The file that `save` writes: the first writable one of podman's two. Throws Error usage when
  /// its location is unknown.
  [[nodiscard]] std::filesystem::path written_file() const;

 private:
  struct Place;
  [[nodiscard]] bool is_docker_only() const;
  [[nodiscard]] std::vector<std::string> helpers() const;
  [[nodiscard]] std::optional<Credentials> find_in_files(const std::string& registry,
                                                         std::string_view repository) const;
  void save_in_helper(const std::string& helper, const std::string& key,
                      const Credentials& credentials) const;
  void save_in_file(const std::string& key, const Credentials& credentials) const;
  [[nodiscard]] bool erase_in_helper(const std::string& helper, const std::string& registry) const;
  [[nodiscard]] bool erase_in_file(const std::string& key) const;
  void erase_file() const;
  [[nodiscard]] std::vector<Place> places() const;
  [[nodiscard]] std::optional<Credentials> find_in(const AuthFile& file, AuthFileForm form,
                                                   std::string_view registry,
                                                   std::string_view repository) const;

  CredentialPlaces places_;
};

}  // namespace modulah::registry
