// Flags of instructions.
#include "flag_set.h"

#include <fmt/format.h>

#include "modulah/containerfile/values.h"

#include "characters.h"

namespace modulah::containerfile {

namespace {

std::string list_of(std::span<const FlagDefinition> known) {
  std::string list;
  for (const FlagDefinition& flag : known)
    list += fmt::format("{}--{}", list.empty() ? "" : ", ", flag.name);
  return list;
}

std::string hint_for(const Node& node, std::string_view name,
                     std::span<const FlagDefinition> known) {
  if (known.empty()) {
    if (node.keyword == "cmd" || node.keyword == "entrypoint")
      return fmt::format(
          "Words of the command that begin with -- need the JSON form, e.g. {} "
          "[\"--{}\"].",
          upper(node.keyword), printable(name));
    return fmt::format("{} does not take flags.", upper(node.keyword));
  }
  std::vector<std::string_view> names;
  for (const FlagDefinition& flag : known) names.push_back(flag.name);
  const std::string_view near = nearest(name, names);
  if (!near.empty()) return fmt::format("Did you mean --{}?", near);
  return fmt::format("Supported flags are {}.", list_of(known));
}

bool is_boolean(std::string_view text) {
  return equal_without_case(text, "true") || equal_without_case(text, "false");
}

}  // namespace

FlagSet::FlagSet(const SourceText& source, const Node& node, std::span<const FlagDefinition> known)
    : source_(source), node_(node), known_(known) {
  for (const Text& flag : node.flags) {
    const std::size_t equals = flag.text.find('=');
    const std::string_view name = std::string_view(flag.text).substr(2, equals - 2);
    Given given{&find(flag, name), std::nullopt, flag.span};
    if (equals != std::string::npos) {
      Span span = flag.span;
      // The column of the value is known only when nothing was quoted or escaped.
      if (span.length == flag.text.size()) {
        span.column += equals + 1;
        span.length -= equals + 1;
      }
      given.value = Text{flag.text.substr(equals + 1), span};
    }
    check(given);
    given_.push_back(std::move(given));
  }
}

const FlagDefinition& FlagSet::find(const Text& flag, std::string_view name) const {
  for (const FlagDefinition& known : known_)
    if (known.name == name) return known;
  throw error_at(
      source_, flag.span,
      fmt::format("{} has no flag {}", upper(node_.keyword), in_quotes("--" + std::string(name))),
      hint_for(node_, name, known_));
}

void FlagSet::check(const Given& given) const {
  const FlagDefinition& flag = *given.definition;
  if (flag.kind != FlagKind::texts && this->given(flag.name) != nullptr)
    throw error_at(source_, given.span, fmt::format("flag \"--{}\" is repeated", flag.name));
  if (flag.kind == FlagKind::boolean) {
    if (given.value && !is_boolean(given.value->text))
      throw error_at(source_, given.value->span,
                     fmt::format("flag \"--{}\" is {}, not true or false", flag.name,
                                 in_quotes(given.value->text)));
  } else if (!given.value) {
    throw error_at(source_, given.span, fmt::format("flag \"--{}\" has no value", flag.name),
                   fmt::format("Write --{}=VALUE.", flag.name));
  }
}

const FlagSet::Given* FlagSet::given(std::string_view name) const {
  for (const Given& given : given_)
    if (given.definition->name == name) return &given;
  return nullptr;
}

std::optional<bool> FlagSet::boolean(std::string_view name) const {
  const Given* found = given(name);
  if (found == nullptr) return std::nullopt;
  return !found->value || equal_without_case(found->value->text, "true");
}

std::optional<Text> FlagSet::text(std::string_view name) const {
  const Given* found = given(name);
  return found == nullptr ? std::nullopt : found->value;
}

std::vector<Text> FlagSet::texts(std::string_view name) const {
  std::vector<Text> values;
  for (const Given& given : given_)
    if (given.definition->name == name) values.push_back(*given.value);
  return values;
}

}  // namespace modulah::containerfile
