// Looks credentials up in the files, and keeps them in podman's.
#include "modulah/registry/credentials.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/base/files.h"

#include "base64.h"
#include "credential_helper.h"

namespace modulah::registry {

namespace {

// Keeps the order that the file has.
using Document = nlohmann::ordered_json;

constexpr std::uint64_t kMaxFileBytes = 4 << 20;
constexpr unsigned kPrivate = 0600;

std::string_view registry_of(std::string_view key) { return key.substr(0, key.find('/')); }

const std::string* find_helper(const AuthFile& file, std::string_view registry) {
  for (const auto& [key, helper] : file.helpers)
    if (normal_key(key) == registry) return &helper;
  return nullptr;
}

/// The helper that has to keep what belongs to `key`, or null: the file keeps it.
const std::string* keeper_of(const AuthFile& file, std::string_view key) {
  const std::string registry = normal_key(registry_of(key));
  if (const std::string* helper = find_helper(file, registry)) return helper;
  return file.default_helper.empty() ? nullptr : &file.default_helper;
}

const Credentials* find_entry(const AuthFile& file, const std::string& key) {
  if (const auto exact = file.entries.find(key); exact != file.entries.end()) return &exact->second;
  for (const auto& [written, credentials] : file.entries)
    if (normal_key(written) == key) return &credentials;
  return nullptr;
}

/// The file to be changed: an empty object when there is none.
Document read_document(const std::filesystem::path& path) {
  const auto text = read_file_if_exists(path, kMaxFileBytes);
  if (!text || text->find_first_not_of(" \t\r\n") == std::string::npos) return Document::object();
  (void)parse_auth_file(*text, path.native());  // What we cannot read we do not write over.
  return Document::parse(*text);
}

void write_document(const std::filesystem::path& path, const Document& document) {
  std::error_code error;
  // A link stays a link: what it points to is replaced.
  std::filesystem::path target = std::filesystem::weakly_canonical(path, error);
  if (error) target = path;
  const std::filesystem::path directory = target.parent_path();
  if (!std::filesystem::exists(directory, error)) {
    std::filesystem::create_directories(directory, error);
    if (error) throw_system_error(fmt::format("make {}", directory.native()), error.value());
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
  }
  write_file(target, document.dump(1, '\t') + "\n", kPrivate, Durability::synced);
}

}  // namespace

struct CredentialStore::Place {
  std::filesystem::path path;
  AuthFileForm form = AuthFileForm::current;
};

std::vector<CredentialStore::Place> CredentialStore::places() const {
  if (!places_.auth_file.empty()) return {{places_.auth_file}};
  if (!places_.environment_file.empty()) return {{places_.environment_file}};
  return {{places_.runtime_file},
          {places_.config_file},
          {places_.docker_file},
          {places_.legacy_file, AuthFileForm::legacy}};
}

std::filesystem::path CredentialStore::written_file() const {
  for (const auto& path :
       {places_.auth_file, places_.environment_file, places_.runtime_file, places_.config_file})
    if (!path.empty()) return path;
  throw Error(ErrorKind::usage, "no place for credentials: neither XDG_RUNTIME_DIR nor HOME is set",
              "Name a file with --authfile FILE.");
}

std::optional<Credentials> CredentialStore::find_in(const AuthFile& file, std::string_view registry,
                                                    std::string_view repository) const {
  if (const std::string* helper = find_helper(file, registry))
    if (auto found = CredentialHelper(*helper, places_).get(registry)) return found;
  for (const std::string& key : credential_keys(registry, repository))
    if (const Credentials* found = find_entry(file, key)) return *found;
  if (file.default_helper.empty()) return std::nullopt;
  return CredentialHelper(file.default_helper, places_).get(registry);
}

std::optional<Credentials> CredentialStore::find(std::string_view registry,
                                                 std::string_view repository) const {
  const std::string normal = normal_key(registry);
  for (const Place& place : places()) {
    if (place.path.empty()) continue;
    const auto text = read_file_if_exists(place.path, kMaxFileBytes);
    if (!text && place.path == places_.auth_file)
      throw Error(ErrorKind::not_found, fmt::format("no auth file {}", place.path.native()));
    if (!text) continue;
    const AuthFile file = parse_auth_file(*text, place.path.native(), place.form);
    if (auto found = find_in(file, normal, repository)) return found;
  }
  return std::nullopt;
}

void CredentialStore::save(const std::string& key, const Credentials& credentials) const {
  const std::filesystem::path path = written_file();
  Document document = read_document(path);
  const AuthFile file = parse_auth_file(document.dump(), path.native());
  if (const std::string* helper = keeper_of(file, key)) {
    CredentialHelper(*helper, places_).store(normal_key(registry_of(key)), credentials);
    return;
  }
  Document entry = Document::object();
  entry["auth"] = to_base64(credentials.username + ":" + credentials.password);
  if (!credentials.identity_token.empty()) entry["identitytoken"] = credentials.identity_token;
  document["auths"][key] = std::move(entry);
  write_document(path, document);
}

bool CredentialStore::erase(const std::string& key) const {
  const std::filesystem::path path = written_file();
  Document document = read_document(path);
  const AuthFile file = parse_auth_file(document.dump(), path.native());
  bool is_erased = false;
  if (const std::string* helper = keeper_of(file, key)) {
    const CredentialHelper program(*helper, places_);
    const std::string registry = normal_key(registry_of(key));
    is_erased = program.get(registry).has_value();
    if (is_erased) program.erase(registry);
  }
  std::vector<std::string> written;
  if (const auto entries = document.find("auths");
      entries != document.end() && entries->is_object())
    for (const auto& [name, entry] : entries->items())
      if (name == key || normal_key(name) == normal_key(key)) written.push_back(name);
  for (const std::string& name : written) document["auths"].erase(name);
  if (!written.empty()) write_document(path, document);
  return is_erased || !written.empty();
}

void CredentialStore::erase_all() const {
  const std::filesystem::path path = written_file();
  Document document = read_document(path);
  const AuthFile file = parse_auth_file(document.dump(), path.native());
  for (const auto& [registry, name] : file.helpers) {
    const CredentialHelper program(name, places_);
    if (program.get(normal_key(registry))) program.erase(normal_key(registry));
  }
  if (!document.contains("auths")) return;
  document["auths"] = Document::object();
  write_document(path, document);
}

}  // namespace modulah::registry
