// Passwords for registries, where podman and docker keep them.
//
// Both keep JSON files of one form: "auths" maps a key (a registry, with podman also a part of a
// repository's path; with old dockers a URL) to base64 of "user:password", and "credHelpers" and
// "credsStore" name programs that know better. The files are looked at in podman's order, and the
// first that has one of the keys wins, by its most specific one. Written is podman's file, unless
// the user names another.
//
// Where registries.conf has a list of credential helpers, these are asked in its order, and the
// files only where the list has "containers-auth.json". Docker's files, when they are named, stand
// alone: docker does not know that list.
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

/// A name with a password, or an identity token; all empty: nobody in particular.
struct Credentials {
  std::string username;
  std::string password;
  std::string identity_token;  ///< For OAuth2; then name and password are not used.

  [[nodiscard]] bool is_empty() const {
    return username.empty() && password.empty() && identity_token.empty();
  }
  friend bool operator==(const Credentials&, const Credentials&) = default;
};

/// One file's content, as it is read.
struct AuthFile {
  std::map<std::string, Credentials> entries;  ///< By the key as it is written.
  /// What is wrong with entries that cannot be read, by their keys. They spoil no other entry.
  std::map<std::string, std::string> faults;
  std::map<std::string, std::string> helpers;  ///< credHelpers: registry to program suffix.
  std::string default_helper;                  ///< credsStore, or empty.
};

/// The two forms of the file: the entries are below "auths", or are all there is (~/.dockercfg).
enum class AuthFileForm { current, legacy };

/// Reads a file's text; `what` names it in messages. Entries with neither name nor token are left
/// out, as docker writes them when a helper has the rest. Throws Error invalid, without showing the
/// text, when the file as a whole cannot be read.
[[nodiscard]] AuthFile parse_auth_file(std::string_view json, std::string_view what,
                                       AuthFileForm form = AuthFileForm::current);

/// The keys under which credentials for a repository may stand, the most specific first:
/// "host/a/b", "host/a", "host". An empty repository gives the host only. docker.io has its other
/// names.
[[nodiscard]] std::vector<std::string> credential_keys(std::string_view registry,
                                                       std::string_view repository);

/// A key of an auth file as we compare it: "https://index.docker.io/v1/" is "docker.io". A path is
/// kept, unless the key is a URL or the file of the legacy form, which knows no paths.
[[nodiscard]] std::string normal_key(std::string_view key,
                                     AuthFileForm form = AuthFileForm::current);

/// What decides where the files are. Paths that are empty are not looked at.
struct CredentialPlaces {
  std::filesystem::path auth_file;         ///< --authfile: then no other file counts.
  std::filesystem::path environment_file;  ///< REGISTRY_AUTH_FILE: the same.
  /// $DOCKER_CONFIG/config.json: the same, and it is written as docker does: see `save`.
  std::filesystem::path docker_only_file;
  /// podman's: $XDG_RUNTIME_DIR/containers/auth.json, or /run/containers/UID/auth.json. It is the
  /// one that is written.
  std::filesystem::path runtime_file;
  /// $XDG_CONFIG_HOME/containers/auth.json, or ~/.config/containers/auth.json; written when
  /// `runtime_file` cannot be.
  std::filesystem::path config_file;
  std::filesystem::path docker_file;  ///< ~/.docker/config.json.
  std::filesystem::path legacy_file;  ///< ~/.dockercfg.
  /// registries.conf and its drop-ins; the last that names credential helpers counts. Files need
  /// not be there.
  std::vector<std::filesystem::path> registries_files;
  std::string search_path;               ///< PATH, for docker-credential-… programs.
  std::vector<std::string> environment;  ///< "NAME=value" each, for those programs.
  std::stop_token stop;
};

/// Reads the files anew each time. Safe to use from several threads at once.
class CredentialStore {
 public:
  explicit CredentialStore(CredentialPlaces places) : places_(std::move(places)) {}

  /// The credentials for a repository, or nothing. An empty `repository` is the registry as a
  /// whole. Throws Error: not_found for --authfile that is not there, invalid for a file that
  /// cannot be read, unavailable when a helper program fails; of several helpers only when none of
  /// them has any.
  [[nodiscard]] std::optional<Credentials> find(std::string_view registry,
                                                std::string_view repository) const;
  /// Keeps credentials under `key` ("host[:port][/path]"), in the first helper of registries.conf
  /// that takes them. In the files that is the helper that the file names for it, else in the file,
  /// with mode 0600; what else the file has is kept. docker's file knows Docker Hub by its old URL,
  /// and gets an empty entry when a helper has the rest. Throws Error unsupported for a path where
  /// the file or the helper knows none.
  void save(const std::string& key, const Credentials& credentials) const;
  /// Removes what is kept for `key`, in all helpers. False when nothing was.
  bool erase(const std::string& key) const;
  /// Removes all entries of the file that is written, and all that the helpers have.
  void erase_all() const;
  /// The file that `save` writes: of podman's two the first that can be written. Throws Error usage
  /// when nothing says where it is.
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
