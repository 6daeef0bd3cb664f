// Reading the Containerfile and working out what holds for all of it.
#include "build_input.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/ascii.h"
#include "modulah/base/error.h"

#include "words.h"

namespace modulah::builder {

namespace {

const oci::Platform kWasi{"wasi", "wasm", "", "", {}};

containerfile::IgnoreRules ignore_rules(const NamedText& file) {
  if (file.name.empty()) return {};
  return containerfile::IgnoreRules::parse(file.text, file.name);
}

/// The place of the last global ARG of this name.
containerfile::Span place_of_arg(const containerfile::File& file, std::string_view name) {
  containerfile::Span place;
  for (const containerfile::Instruction& instruction : file.global_args)
    for (const containerfile::ArgName& arg : std::get<containerfile::Arg>(instruction.value).names)
      if (arg.name.text == name) place = arg.value ? arg.value->span : arg.name.span;
  return place;
}

}  // namespace

BuildInput::BuildInput(const BuildRequest& wanted)
    : request(wanted),
      source(wanted.containerfile.name, wanted.containerfile.text),
      parsed(containerfile::parse_all(source)),
      ignore(ignore_rules(wanted.ignore)) {}

std::vector<validate::Finding> BuildInput::syntax_findings() const {
  return validate::check_syntax(facts(kWasi), parsed);
}

std::vector<oci::Platform> BuildInput::platforms() const {
  std::vector<oci::Platform> platforms;
  for (const oci::Platform& platform : request.platforms)
    if (std::find(platforms.begin(), platforms.end(), platform) == platforms.end())
      platforms.push_back(platform);
  if (platforms.empty()) platforms.push_back(kWasi);
  return platforms;
}

GlobalScope BuildInput::global_scope(const oci::Platform& platform) const {
  GlobalScope scope({request.build_args.begin(), request.build_args.end()},
                    automatic_variables(platform, request.build_platform, request.target));
  const Words words(source, file.directives.escape,
                    [&scope](std::string_view name) { return scope.find(name); });
  for (const containerfile::Instruction& instruction : file.global_args)
    for (const containerfile::ArgName& arg : std::get<containerfile::Arg>(instruction.value).names)
      scope.declare(words.one(arg.name),
                    arg.value ? std::optional(words.one(*arg.value)) : std::nullopt);
  return scope;
}

validate::ContainerfileFacts BuildInput::facts(const oci::Platform& platform) const {
  return {file, source, parsed.warnings, &ignore, request.build_args, platform};
}

std::int64_t BuildInput::build_time(const GlobalScope& scope) const {
  if (request.timestamp) return *request.timestamp;
  const auto given = request.build_args.find(std::string(kSourceDateEpoch));
  const std::optional<std::string> text = given != request.build_args.end()
                                              ? std::optional(given->second)
                                              : scope.find(kSourceDateEpoch);
  // BuildKit's "context" means a remote context's time; a directory's is not looked at.
  if (!text || text->empty() || *text == "context") return 0;
  const auto seconds = parse_number<std::int64_t>(*text);
  if (seconds && *seconds >= 0) return *seconds;
  const std::string message =
      fmt::format("{} is \"{}\", not a number of seconds since 1970", kSourceDateEpoch, *text);
  if (given != request.build_args.end()) throw Error(ErrorKind::usage, message);
  throw containerfile::error_at(source, place_of_arg(file, kSourceDateEpoch), message);
}

}  // namespace modulah::builder
