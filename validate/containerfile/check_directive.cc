// Reading "# check=".
#include "check_directive.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "modulah/containerfile/values.h"

namespace modulah::validate {

namespace {

constexpr std::string_view kBuildArg = "BUILDKIT_DOCKERFILE_CHECK";
/// Rules of BuildKit that are not here: skipping them is no mistake.
constexpr std::array<std::string_view, 2> kOthers = {"InvalidBaseImagePlatform",
                                                     "InvalidDefinitionDescription"};

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(trim(text.substr(0, end)));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// As Go reads a bool, which is how docker reads it.
std::optional<bool> parse_bool(std::string_view text) {
  for (const char* yes : {"1", "t", "T", "true", "TRUE", "True"})
    if (text == yes) return true;
  for (const char* no : {"0", "f", "F", "false", "FALSE", "False"})
    if (text == no) return false;
  return std::nullopt;
}

class DirectiveReader {
 public:
  DirectiveReader(const ContainerfileFacts& facts, const containerfile::Span& span)
      : facts_(facts), span_(span) {}

  CheckDirective read(std::string_view text) {
    for (const std::string_view option : split(text, ';')) {
      if (option.empty()) continue;
      const std::size_t equals = option.find('=');
      const std::string_view key = trim(option.substr(0, equals));
      const std::string_view value =
          equals == std::string_view::npos ? "" : trim(option.substr(equals + 1));
      if (key == "skip")
        read_skip(value);
      else if (key == "error")
        read_error(value);
      else if (key != "experimental")
        add(fmt::format("the option \"{}\" of check is not known", key),
            "Options are skip=RULE,RULE and error=true, with \";\" between them.");
    }
    return std::move(directive_);
  }

 private:
  void add(std::string message, std::string hint) {
    directive_.findings.push_back(make_finding(RuleId::check_directive, facts_.source.name(),
                                               std::move(message), std::move(hint), span_));
  }

  void read_skip(std::string_view value) {
    for (const std::string_view name : split(value, ',')) {
      if (name == "all") {
        directive_.skips_all = true;
        continue;
      }
      if (name.empty()) continue;
      directive_.skipped.emplace(name);
      const bool is_known =
          find_rule(name) || std::find(kOthers.begin(), kOthers.end(), name) != kOthers.end();
      if (!is_known) add(fmt::format("there is no rule \"{}\"", name), hint_for(name));
    }
  }

  static std::string hint_for(std::string_view name) {
    std::vector<std::string_view> names;
    for (const Rule& rule : all_rules()) names.push_back(rule.name);
    const std::string_view near = containerfile::nearest(name, names);
    return near.empty() ? "The names are in the brackets at the end of each finding."
                        : fmt::format("Did you mean {}?", near);
  }

  void read_error(std::string_view value) {
    if (const std::optional<bool> makes_errors = parse_bool(value))
      directive_.makes_errors = *makes_errors;
    else
      add(fmt::format("the option error of check is \"{}\", neither true nor false", value),
          "Write error=true.");
  }

  const ContainerfileFacts& facts_;
  const containerfile::Span span_;
  CheckDirective directive_;
};

}  // namespace

CheckDirective read_check_directive(const ContainerfileFacts& facts) {
  const auto& written = facts.file.directives.check;
  const containerfile::Span span = written ? written->span : containerfile::Span{};
  DirectiveReader reader(facts, span);
  const auto given = facts.build_args.find(std::string(kBuildArg));
  if (given != facts.build_args.end()) return reader.read(given->second);
  return written ? reader.read(written->text) : CheckDirective{};
}

}  // namespace modulah::validate
