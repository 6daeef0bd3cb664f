// The scopes of variables.
#include "variables.h"

#include <algorithm>
#include <array>

#include "modulah/builder/request.h"

namespace modulah::builder {

namespace {

/// Docker's list of what may be given to any build:
/// https://docs.docker.com/reference/dockerfile/#predefined-args
constexpr std::array<std::string_view, 11> kPredefined = {
    "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY",        "ftp_proxy",
    "NO_PROXY",   "no_proxy",   "ALL_PROXY",   "all_proxy",   "SOURCE_DATE_EPOCH"};

/// Also those that are meant for BuildKit itself, like BUILDKIT_DOCKERFILE_CHECK.
bool is_predefined(std::string_view name) {
  return name.starts_with("BUILDKIT_") ||
         std::find(kPredefined.begin(), kPredefined.end(), name) != kPredefined.end();
}

std::optional<std::string> find_in(const VariableMap& map, std::string_view name) {
  const auto found = map.find(name);
  if (found == map.end()) return std::nullopt;
  return found->second;
}

}  // namespace

VariableMap automatic_variables(const oci::Platform& target, const oci::Platform& build,
                                std::string_view stage) {
  return {{"TARGETPLATFORM", target.text()},   {"TARGETOS", target.os},
          {"TARGETARCH", target.architecture}, {"TARGETVARIANT", target.variant},
          {"BUILDPLATFORM", build.text()},     {"BUILDOS", build.os},
          {"BUILDARCH", build.architecture},   {"BUILDVARIANT", build.variant},
          {"TARGETSTAGE", std::string(stage)}, {"TARGETOSVERSION", target.os_version},
          {"BUILDOSVERSION", build.os_version}};
}

GlobalScope::GlobalScope(VariableMap build_args, VariableMap automatic)
    : build_args_(std::move(build_args)), automatic_(std::move(automatic)) {}

void GlobalScope::declare(const std::string& name, const std::optional<std::string>& value) {
  if (const std::optional<std::string> given = build_arg(name))
    declared_[name] = *given;
  else if (value)
    declared_[name] = *value;
}

std::optional<std::string> GlobalScope::find(std::string_view name) const {
  const std::optional<std::string> declared = find_in(declared_, name);
  return declared ? declared : find_in(automatic_, name);
}

std::optional<std::string> GlobalScope::build_arg(std::string_view name) {
  std::optional<std::string> value = find_in(build_args_, name);
  if (value) used_.emplace(name);
  return value;
}

std::vector<std::string> GlobalScope::unused_build_args() const {
  std::vector<std::string> unused;
  for (const auto& [name, value] : build_args_)
    if (!used_.contains(name) && !automatic_.contains(name) && !is_predefined(name))
      unused.push_back(name);
  return unused;
}

void StageScope::declare(GlobalScope& global, const std::string& name,
                         const std::optional<std::string>& value) {
  std::optional<std::string> chosen = global.build_arg(name);
  if (!chosen) chosen = value ? value : global.find(name);
  if (chosen) args_[name] = *chosen;
}

void StageScope::set_environment(const std::string& name, std::string value) {
  environment_[name] = std::move(value);
}

std::optional<std::string> StageScope::find(std::string_view name) const {
  const std::optional<std::string> environment = find_in(environment_, name);
  return environment ? environment : find_in(args_, name);
}

}  // namespace modulah::builder
