// Reads the text of an auth file, and compares its keys.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/base/json.h"
#include "modulah/registry/credentials.h"

#include "base64.h"

namespace modulah::registry {

namespace {

using nlohmann::json;

constexpr std::string_view kDockerRegistry = "docker.io";

/// A member that is a text, or empty. Throws when it is something else.
std::string text_of(const json& object, const char* name, std::string_view where) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return {};
  if (!found->is_string())
    throw Error(ErrorKind::invalid, fmt::format("{}: \"{}\" is not a string", where, name));
  return found->get<std::string>();
}

Credentials read_entry(const json& entry, const std::string& where) {
  if (!entry.is_object())
    throw Error(ErrorKind::invalid, fmt::format("{} is not an object", where));
  Credentials credentials;
  credentials.identity_token = text_of(entry, "identitytoken", where);
  credentials.username = text_of(entry, "username", where);
  credentials.password = text_of(entry, "password", where);
  const std::string encoded = text_of(entry, "auth", where);
  if (encoded.empty()) return credentials;
  const auto decoded = from_base64(encoded);
  const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos)
    throw Error(ErrorKind::invalid,
                fmt::format("{}: \"auth\" is not base64 of \"user:password\"", where));
  credentials.username = decoded->substr(0, colon);
  credentials.password = decoded->substr(colon + 1);
  // Old dockers padded what they encoded.
  while (credentials.password.ends_with('\0')) credentials.password.pop_back();
  return credentials;
}

void read_entries(const json& entries, std::string_view what, AuthFile& file) {
  if (!entries.is_object())
    throw Error(ErrorKind::invalid, fmt::format("{}: \"auths\" is not an object", what));
  for (const auto& [key, entry] : entries.items()) {
    try {
      Credentials credentials = read_entry(entry, fmt::format("{}: entry \"{}\"", what, key));
      if (!credentials.is_empty()) file.entries.emplace(key, std::move(credentials));
    } catch (const Error& error) {
      file.faults.emplace(key, error.message());
    }
  }
}

void read_helpers(const json& document, std::string_view what, AuthFile& file) {
  file.default_helper = text_of(document, "credsStore", what);
  const auto helpers = document.find("credHelpers");
  if (helpers == document.end() || helpers->is_null()) return;
  if (!helpers->is_object())
    throw Error(ErrorKind::invalid, fmt::format("{}: \"credHelpers\" is not an object", what));
  for (const auto& [key, helper] : helpers->items()) {
    std::string name = text_of(*helpers, key.c_str(), what);
    if (!name.empty()) file.helpers.emplace(key, std::move(name));
  }
}

}  // namespace

AuthFile parse_auth_file(std::string_view text, std::string_view what, AuthFileForm form) {
  AuthFile file;
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return file;
  // Without exceptions: their messages would show a piece of the text.
  const json document = parse_json<json>(text);
  if (!document.is_object())
    throw Error(ErrorKind::invalid, fmt::format("{} is not a JSON object", what));
  if (form == AuthFileForm::legacy) {
    read_entries(document, what, file);
    return file;
  }
  const auto entries = document.find("auths");
  if (entries != document.end() && !entries->is_null()) read_entries(*entries, what, file);
  read_helpers(document, what, file);
  return file;
}

std::string normal_key(std::string_view key, AuthFileForm form) {
  std::string_view rest = key;
  for (const std::string_view scheme : {"https://", "http://"})
    if (rest.starts_with(scheme)) rest.remove_prefix(scheme.size());
  if (rest.size() != key.size() || form == AuthFileForm::legacy)
    rest = rest.substr(0, rest.find('/'));
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view host = rest.substr(0, slash);
  if (host == "index.docker.io" || host == "registry-1.docker.io")
    return std::string(kDockerRegistry) + std::string(rest.substr(slash));
  return std::string(rest);
}

std::vector<std::string> credential_keys(std::string_view registry, std::string_view repository) {
  std::vector<std::string> keys;
  for (std::string_view path = repository; !path.empty();) {
    keys.push_back(fmt::format("{}/{}", registry, path));
    const std::size_t slash = path.rfind('/');
    path = path.substr(0, slash == std::string_view::npos ? 0 : slash);
  }
  keys.emplace_back(registry);
  return keys;
}

}  // namespace modulah::registry
