// Looks up credentials in the files of podman and docker, and saves them in podman's.
#include "modulah/registry/credentials.h"

#include <algorithm>
#include <exception>

#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/registry/registries_conf.h"

#include "auth_file_edit.h"
#include "base64.h"
#include "credential_helper.h"

namespace modulah::registry {

namespace {

constexpr std::uint64_t kMaxConfigurationBytes = 4 << 20;
constexpr std::string_view kDockerRegistry = "docker.io";
/// The key of Docker Hub in docker's own file.
constexpr std::string_view kDockerHubUrl = "https://index.docker.io/v1/";

/// The registry of a key that is not a URL.
std::string_view registry_of(std::string_view key) { return key.substr(0, key.find('/')); }

const std::string* find_helper(const AuthFile& file, std::string_view registry) {
  for (const auto& [key, helper] : file.helpers)
    if (normal_key(key) == registry) return &helper;
  return nullptr;
}

[[noreturn]] void throw_no_parts(std::string_view helper, const std::string& key) {
  const std::string_view registry = registry_of(key);
  throw Error(ErrorKind::unsupported,
              fmt::format("docker-credential-{} stores logins for the whole of {}, not for {}",
                          helper, registry, key),
              fmt::format("Log in to {}, or use a file with --authfile FILE.", registry));
}

/// The helper that stores the login for `key`, or null when the file does. Helpers store logins for
/// whole registries: throws Error unsupported for a part of a registry that has a helper.
const std::string* keeper_of(const AuthFile& file, std::string_view key) {
  const std::string normal = normal_key(key);
  const std::string_view registry = registry_of(normal);
  const bool has_path = registry.size() != normal.size();
  const std::string* const helper = find_helper(file, registry);
  if (helper != nullptr && has_path) throw_no_parts(*helper, normal);
  if (helper != nullptr) return helper;
  return file.default_helper.empty() || has_path ? nullptr : &file.default_helper;
}

const Credentials* find_entry(const AuthFile& file, AuthFileForm form, const std::string& key) {
  if (const auto exact = file.entries.find(key); exact != file.entries.end()) return &exact->second;
  for (const auto& [written, credentials] : file.entries)
    if (normal_key(written, form) == key) return &credentials;
  for (const auto& [written, fault] : file.faults)
    if (normal_key(written, form) == key) throw Error(ErrorKind::invalid, fault);
  return nullptr;
}

/// True when the permissions allow to create or replace a file at `path`.
bool can_be_written(const std::filesystem::path& path) {
  std::filesystem::path directory = path.parent_path();
  std::error_code error;
  while (!std::filesystem::exists(directory, error)) {
    if (!directory.has_relative_path()) return false;
    directory = directory.parent_path();
  }
  return std::filesystem::is_directory(directory, error) &&
         access(directory.c_str(), W_OK | X_OK) == 0;
}

/// Removes the entries for `key`, in any spelling. Returns false when there were none.
bool remove_entries(AuthDocument& document, std::string_view key) {
  std::vector<std::string> written;
  if (const auto entries = document.find("auths");
      entries != document.end() && entries->is_object())
    for (const auto& [name, entry] : entries->items())
      if (normal_key(name) == normal_key(key)) written.push_back(name);
  for (const std::string& name : written) document["auths"].erase(name);
  return !written.empty();
}

AuthFile read_auth_file(const std::filesystem::path& path) {
  return parse_auth_file(read_auth_document(path).dump(), path.native());
}

/// Calls `action` for each helper until it returns true. When none does, the first exception is
/// rethrown.
template <typename Action>
bool first_that(const std::vector<std::string>& helpers, const Action& action) {
  std::exception_ptr first;
  for (const std::string& helper : helpers) {
    try {
      if (action(helper)) return true;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      if (!first) first = std::current_exception();
    }
  }
  if (first) std::rethrow_exception(first);
  return false;
}

}  // namespace

struct CredentialStore::Place {
  std::filesystem::path path;
  AuthFileForm form = AuthFileForm::current;
};

bool CredentialStore::is_docker_only() const {
  return places_.auth_file.empty() && places_.environment_file.empty() &&
         !places_.docker_only_file.empty();
}

std::vector<std::string> CredentialStore::helpers() const {
  std::vector<std::string> names;
  if (!is_docker_only())
    for (const std::filesystem::path& path : places_.registries_files)
      if (const auto text = read_file_if_exists(path, kMaxConfigurationBytes))
        if (auto found = parse_credential_helpers(*text, path.native())) names = std::move(*found);
  if (names.empty()) names.emplace_back(kAuthFilesHelper);
  return names;
}

std::vector<CredentialStore::Place> CredentialStore::places() const {
  if (!places_.auth_file.empty()) return {{places_.auth_file}};
  if (!places_.environment_file.empty()) return {{places_.environment_file}};
  if (!places_.docker_only_file.empty()) return {{places_.docker_only_file}};
  return {{places_.runtime_file},
          {places_.config_file},
          {places_.docker_file},
          {places_.legacy_file, AuthFileForm::legacy}};
}

std::filesystem::path CredentialStore::written_file() const {
  for (const auto& path : {places_.auth_file, places_.environment_file, places_.docker_only_file})
    if (!path.empty()) return path;
  for (const auto& path : {places_.runtime_file, places_.config_file})
    if (!path.empty() && can_be_written(path)) return path;
  // None is writable: the attempt to write to the one in the home directory gives the reason.
  for (const auto& path : {places_.config_file, places_.runtime_file})
    if (!path.empty()) return path;
  throw Error(ErrorKind::usage,
              "no location for credentials: neither XDG_RUNTIME_DIR nor HOME is set",
              "Specify a file with --authfile FILE.");
}

std::optional<Credentials> CredentialStore::find_in(const AuthFile& file, AuthFileForm form,
                                                    std::string_view registry,
                                                    std::string_view repository) const {
  if (const std::string* helper = find_helper(file, registry))
    if (auto found = CredentialHelper(*helper, places_).get(registry)) return found;
  for (const std::string& key : credential_keys(registry, repository))
    if (const Credentials* found = find_entry(file, form, key)) return *found;
  if (file.default_helper.empty()) return std::nullopt;
  const CredentialHelper program(file.default_helper, places_);
  // Files are copied between machines, and "credsStore" is not about this registry: a missing
  // program is ignored, as podman ignores the setting.
  return program.is_installed() ? program.get(registry) : std::nullopt;
}

std::optional<Credentials> CredentialStore::find(std::string_view registry,
                                                 std::string_view repository) const {
  const std::string normal = normal_key(registry);
  std::optional<Credentials> found;
  (void)first_that(helpers(), [&](const std::string& helper) {
    found = helper == kAuthFilesHelper ? find_in_files(normal, repository)
                                       : CredentialHelper(helper, places_).get(normal);
    return found.has_value();
  });
  return found;
}

std::optional<Credentials> CredentialStore::find_in_files(const std::string& registry,
                                                          std::string_view repository) const {
  for (const Place& place : places()) {
    if (place.path.empty()) continue;
    const auto text = read_file_if_exists(place.path, kMaxAuthFileBytes);
    if (!text && place.path == places_.auth_file)
      throw Error(ErrorKind::not_found,
                  fmt::format("auth file {} does not exist", place.path.native()));
    if (!text) continue;
    const AuthFile file = parse_auth_file(*text, place.path.native(), place.form);
    if (auto found = find_in(file, place.form, registry, repository)) return found;
  }
  return std::nullopt;
}

void CredentialStore::save(const std::string& key, const Credentials& credentials) const {
  (void)first_that(helpers(), [&](const std::string& helper) {
    if (helper == kAuthFilesHelper)
      save_in_file(key, credentials);
    else
      save_in_helper(helper, key, credentials);
    return true;
  });
}

void CredentialStore::save_in_helper(const std::string& helper, const std::string& key,
                                     const Credentials& credentials) const {
  const std::string normal = normal_key(key);
  const std::string registry(registry_of(normal));
  if (registry != normal) throw_no_parts(helper, normal);
  CredentialHelper(helper, places_).store(registry, credentials);
}

void CredentialStore::save_in_file(const std::string& key, const Credentials& credentials) const {
  const std::filesystem::path path = written_file();
  const std::string normal = normal_key(key);
  const std::string registry(registry_of(normal));
  const bool is_docker = is_docker_only();
  if (is_docker && registry != normal)
    throw Error(
        ErrorKind::unsupported,
        fmt::format("docker's file {} supports logins for whole registries only, not for {}",
                    path.native(), normal),
        fmt::format("Log in to {}, or use a file with --authfile FILE.", registry));
  AuthDocument entry = AuthDocument::object();
  const AuthFile file = read_auth_file(path);
  const std::string* const helper = keeper_of(file, normal);
  if (helper != nullptr) {
    CredentialHelper(*helper, places_).store(registry, credentials);
  } else {
    entry["auth"] = to_base64(credentials.username + ":" + credentials.password);
    if (!credentials.identity_token.empty()) entry["identitytoken"] = credentials.identity_token;
  }
  edit_auth_file(
      path,
      [&](AuthDocument& document) {
        // The entry in the file is outdated now, and readable without the helper.
        const bool is_removed = helper != nullptr && remove_entries(document, normal);
        if (is_docker)
          document["auths"][normal == kDockerRegistry ? std::string(kDockerHubUrl) : key] = entry;
        else if (!entry.empty())
          document["auths"][key] = entry;
        return is_removed || is_docker || !entry.empty();
      },
      places_.stop);
}

bool CredentialStore::erase(const std::string& key) const {
  const std::string normal = normal_key(key);
  bool is_erased = false;
  (void)first_that(helpers(), [&](const std::string& helper) {
    if (helper == kAuthFilesHelper)
      is_erased |= erase_in_file(key);
    else if (registry_of(normal) == normal)  // Helpers do not store logins for parts of registries.
      is_erased |= erase_in_helper(helper, normal);
    return false;
  });
  return is_erased;
}

bool CredentialStore::erase_in_helper(const std::string& helper,
                                      const std::string& registry) const {
  const CredentialHelper program(helper, places_);
  if (!program.get(registry)) return false;
  program.erase(registry);
  return true;
}

bool CredentialStore::erase_in_file(const std::string& key) const {
  const std::filesystem::path path = written_file();
  const std::string normal = normal_key(key);
  const AuthFile file = read_auth_file(path);
  bool is_erased = false;
  const std::string registry(registry_of(normal));
  // Helpers do not store logins for parts of registries.
  if (const std::string* helper = registry == normal ? keeper_of(file, normal) : nullptr)
    is_erased = erase_in_helper(*helper, registry);
  const bool is_removed = edit_auth_file(
      path, [&](AuthDocument& document) { return remove_entries(document, normal); }, places_.stop);
  return is_erased || is_removed;
}

void CredentialStore::erase_all() const {
  (void)first_that(helpers(), [&](const std::string& helper) {
    if (helper == kAuthFilesHelper) {
      erase_file();
    } else {
      const CredentialHelper program(helper, places_);
      for (const std::string& server : program.list()) program.erase(server);
    }
    return false;
  });
}

void CredentialStore::erase_file() const {
  const std::filesystem::path path = written_file();
  const AuthDocument before = read_auth_document(path);
  const AuthFile file = read_auth_file(path);
  for (const auto& [registry, name] : file.helpers) {
    const CredentialHelper program(name, places_);
    if (program.get(normal_key(registry))) program.erase(normal_key(registry));
  }
  if (!before.contains("auths")) return;
  // docker writes an empty entry for each login that the helper stores.
  if (const CredentialHelper program(file.default_helper, places_);
      !file.default_helper.empty() && program.is_installed())
    for (const auto& [name, entry] : before["auths"].items())
      if (program.get(registry_of(normal_key(name)))) program.erase(registry_of(normal_key(name)));
  edit_auth_file(
      path,
      [](AuthDocument& document) {
        if (!document.contains("auths")) return false;
        document["auths"] = AuthDocument::object();
        return true;
      },
      places_.stop);
}

}  // namespace modulah::registry
