// Reading "skip=…;error=…;experimental=…".
#include "modulah/validate/check_options.h"

#include <optional>

#include <fmt/format.h>

#include "modulah/base/ascii.h"
#include "modulah/base/error.h"

namespace modulah::validate {

namespace {

constexpr const char* kHint =
    "Options are skip=RULE,RULE, error=true and experimental=RULE, separated by \";\".";

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(trim(text.substr(0, end)));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// As strconv.ParseBool.
std::optional<bool> parse_bool(std::string_view text) {
  for (const char* yes : {"1", "t", "T", "true", "TRUE", "True"})
    if (text == yes) return true;
  for (const char* no : {"0", "f", "F", "false", "FALSE", "False"})
    if (text == no) return false;
  return std::nullopt;
}

RuleNames parse_names(std::string_view value) {
  RuleNames rules;
  rules.are_all = value == "all";
  if (rules.are_all) return rules;
  for (const std::string_view name : split(value, ','))
    if (!name.empty()) rules.names.emplace(name);
  return rules;
}

}  // namespace

bool CheckOptions::shows(const Rule& rule) const {
  if (rule.is_experimental) return experimental.contains(rule.name);
  if (rule.id == RuleId::syntax || rule.id == RuleId::invalid_variable) return true;
  return !skipped.contains(rule.name);
}

CheckOptions parse_check_options(std::string_view text) {
  CheckOptions options;
  if (trim(text).empty()) return options;
  for (const std::string_view part : split(text, ';')) {
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos)
      throw Error(ErrorKind::invalid, fmt::format("check option \"{}\" has no \"=\"", part), kHint);
    const std::string_view key = trim(part.substr(0, equals));
    const std::string_view value = trim(part.substr(equals + 1));
    if (key == "skip") {
      options.skipped = parse_names(value);
    } else if (key == "experimental") {
      options.experimental = parse_names(value);
    } else if (key == "error") {
      const std::optional<bool> makes_errors = parse_bool(value);
      if (!makes_errors)
        throw Error(ErrorKind::invalid,
                    fmt::format("check option error is \"{}\", neither true nor false", value),
                    "Write error=true or error=false.");
      options.makes_errors = *makes_errors;
    } else {
      throw Error(ErrorKind::invalid, fmt::format("unknown check option \"{}\"", key), kHint);
    }
  }
  return options;
}

}  // namespace modulah::validate
