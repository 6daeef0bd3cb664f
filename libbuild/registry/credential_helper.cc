// Talks to docker-credential-NAME: https://github.com/docker/docker-credential-helpers#development
#include "credential_helper.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/base/json.h"
#include "modulah/base/process.h"

#include "mask.h"

namespace modulah::registry {

namespace {

using nlohmann::json;

/// The name of a user whose "password" is an identity token.
constexpr std::string_view kTokenUser = "<token>";
constexpr std::size_t kMaxOutputBytes = 256 * 1024;
constexpr std::size_t kMaxComplaint = 200;

/// docker's helpers store the login for Docker Hub under its old URL.
std::string server_of(std::string_view registry) {
  return registry == "docker.io" ? "https://index.docker.io/v1/" : std::string(registry);
}

/// The first line of a helper's error message. Most helpers print it to stdout, where a successful
/// one prints the password: what looks like JSON is not shown.
std::string complaint_of(const ProcessResult& result, const Credentials& known) {
  std::string text = result.diagnostics;
  if (text.empty() && result.output.find_first_of("{\"") == std::string::npos) text = result.output;
  text = mask_secrets(text.substr(0, text.find_first_of("\r\n")), known);
  return text.substr(0, kMaxComplaint);
}

std::string member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

CredentialHelper::CredentialHelper(std::string name, const CredentialPlaces& places)
    : program_("docker-credential-" + name), places_(places) {
  if (name.find('/') != std::string::npos)
    throw Error(ErrorKind::invalid, fmt::format("credential helper \"{}\" has a \"/\"", name));
}

bool CredentialHelper::is_installed() const {
  return find_program(program_, places_.search_path).has_value();
}

CredentialHelper::Answer CredentialHelper::run(const char* verb, std::string input,
                                               const Credentials& known) const {
  ProcessRequest request;
  request.args = {program_, verb};
  request.environment = places_.environment;
  request.search_path = places_.search_path;
  request.input = std::move(input);
  request.stop = places_.stop;
  request.max_output_bytes = kMaxOutputBytes;
  const ProcessResult result = run_process(request);
  if (result.is_timed_out)
    throw Error(ErrorKind::unavailable, fmt::format("{} {} timed out", program_, verb));
  return {result.exit_status == 0, result.output, complaint_of(result, known)};
}

void CredentialHelper::fail(const char* verb, const Answer& answer) const {
  throw Error(
      ErrorKind::unavailable,
      fmt::format("{} {}: {}", program_, verb,
                  answer.complaint.empty() ? "it failed without a message" : answer.complaint));
}

std::optional<Credentials> CredentialHelper::get(std::string_view registry) const {
  const Answer answer = run("get", server_of(registry) + "\n");
  if (!answer.is_success) {
    // All helpers print this to stdout and exit with 1.
    if (answer.output.starts_with("credentials not found")) return std::nullopt;
    fail("get", answer);
  }
  const json record = parse_json<json>(answer.output);
  if (!record.is_object())
    throw Error(ErrorKind::invalid,
                fmt::format("the output of {} get is not a JSON object", program_));
  const std::string user = member(record, "Username");
  const std::string secret = member(record, "Secret");
  if (secret.empty()) return std::nullopt;
  if (user == kTokenUser) return Credentials{"", "", secret};
  return Credentials{user, secret, ""};
}

void CredentialHelper::store(std::string_view registry, const Credentials& credentials) const {
  const bool is_token = !credentials.identity_token.empty();
  const json record = {{"ServerURL", server_of(registry)},
                       {"Username", is_token ? std::string(kTokenUser) : credentials.username},
                       {"Secret", is_token ? credentials.identity_token : credentials.password}};
  const Answer answer = run("store", record.dump(), credentials);
  if (!answer.is_success) fail("store", answer);
}

void CredentialHelper::erase(std::string_view registry) const {
  const Answer answer = run("erase", server_of(registry) + "\n");
  if (!answer.is_success && !answer.output.starts_with("credentials not found"))
    fail("erase", answer);
}

std::vector<std::string> CredentialHelper::list() const {
  const Answer answer = run("list", "");
  if (!answer.is_success) fail("list", answer);
  const json record = parse_json<json>(answer.output);
  if (!record.is_object())
    throw Error(ErrorKind::invalid,
                fmt::format("the output of {} list is not a JSON object", program_));
  std::vector<std::string> servers;
  for (const auto& [server, user] : record.items()) servers.push_back(server);
  return servers;
}

}  // namespace modulah::registry
