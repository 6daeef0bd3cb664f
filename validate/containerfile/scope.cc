// Expanding with what is known.
#include "scope.h"

#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/containerfile/expander.h"

#include "rule_run.h"

namespace modulah::validate {

namespace {

/// Stands in for a value that is not known: not empty, so that ${v:?…} is content.
constexpr const char* kSomeValue = "x";

/// Calls `expander` with a lookup in `scope` and notes what it needed.
template <typename Expander>
Expansion expand_with(const RuleRun& run, const Scope& scope, Expander&& expander) {
  Expansion result;
  if (run.budget.expansion.is_exhausted()) {
    result.is_known = false;
    return result;
  }
  const containerfile::Lookup lookup = [&](std::string_view name) -> std::optional<std::string> {
    const bool has = scope.has(name);
    if (!has && !scope.is_open()) return std::nullopt;
    result.used.emplace_back(name);
    std::optional<std::string> value = has ? scope.value(name) : std::nullopt;
    if (value) return value;
    result.is_known = false;
    return kSomeValue;
  };
  try {
    expander(lookup, result);
  } catch (const Error& error) {
    // Rules never throw for what the user wrote: it becomes a finding.
    result.problem = error.message();
    result.is_known = false;
  }
  return result;
}

}  // namespace

void Scope::declare(const std::string& name, std::optional<std::string> value) {
  const auto [place, is_new] = values_.try_emplace(name);
  // Not in one expression: an optional of an optional is easily flattened.
  Change change{name, std::nullopt};
  if (!is_new) change.before.emplace(std::move(place->second));
  history_.push_back(std::move(change));
  place->second = std::move(value);
}

void Scope::undo_to(std::size_t mark) {
  for (; history_.size() > mark; history_.pop_back()) {
    Change& change = history_.back();
    if (change.before)
      values_[change.name] = std::move(*change.before);
    else
      values_.erase(change.name);
  }
}

std::optional<std::string> Scope::value(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string_view> Scope::names() const {
  constexpr std::size_t kMaxNames = 1000;
  std::vector<std::string_view> names;
  for (const auto& [name, value] : values_) {
    if (names.size() == kMaxNames) break;
    names.emplace_back(name);
  }
  return names;
}

std::optional<std::string> Expansion::text() const {
  if (!is_known || words.size() != 1) return std::nullopt;
  return words.front();
}

Expansion expand(const RuleRun& run, std::string_view text, const Scope& scope,
                 Splitting splitting) {
  const char escape = run.facts.file.directives.escape;
  containerfile::ExpansionBudget* budget = &run.budget.expansion;
  return expand_with(run, scope, [&](const containerfile::Lookup& lookup, Expansion& result) {
    if (splitting == Splitting::yes) {
      containerfile::ExpandedWords expanded =
          containerfile::expand_words(text, lookup, escape, budget);
      result.words = std::move(expanded.words);
      result.undefined = std::move(expanded.unset);
      return;
    }
    containerfile::Expanded expanded = containerfile::expand_word(text, lookup, escape, budget);
    result.words = {std::move(expanded.text)};
    result.undefined = std::move(expanded.unset);
  });
}

Expansion expand(const RuleRun& run, const containerfile::HereDocument& document,
                 const Scope& scope) {
  return expand_with(run, scope, [&](const containerfile::Lookup& lookup, Expansion& result) {
    containerfile::Expanded expanded =
        containerfile::expand_document(document, lookup, &run.budget.expansion);
    result.words = {std::move(expanded.text)};
    result.undefined = std::move(expanded.unset);
  });
}

namespace {

/// Whether values of --build-arg count.
enum class BuildArgs { used, ignored };

Scope scope_before_from(const RuleRun& run, BuildArgs build_args) {
  Scope scope = automatic_scope(run.facts.platform);
  const std::optional<std::string> without_value =
      build_args == BuildArgs::used ? std::nullopt : std::optional<std::string>("");
  for (const containerfile::Instruction& instruction : run.facts.file.global_args) {
    const auto* arg = std::get_if<containerfile::Arg>(&instruction.value);
    if (arg == nullptr) continue;
    for (const containerfile::ArgName& name : arg->names) {
      const auto given = run.facts.build_args.find(name.name.text);
      if (build_args == BuildArgs::used && given != run.facts.build_args.end())
        scope.declare(name.name.text, given->second);
      else if (name.value)
        scope.declare(name.name.text, expand(run, name.value->text, scope).text());
      else if (!scope.value(name.name.text))  // TARGETARCH and the like have a value.
        scope.declare(name.name.text, without_value);
    }
  }
  return scope;
}

}  // namespace

Scope global_scope(const RuleRun& run) { return scope_before_from(run, BuildArgs::used); }
Scope default_scope(const RuleRun& run) { return scope_before_from(run, BuildArgs::ignored); }

void check_from_variables(const RuleRun& run, const containerfile::Text& text,
                          const Expansion& expansion, const Scope& scope) {
  if (!expansion.problem.empty()) {
    run.add(RuleId::invalid_variable, text.span, expansion.problem);
    return;
  }
  for (const std::string& name : expansion.undefined) {
    const std::string_view near = run.suggest(name, scope.names());
    run.add(RuleId::undefined_arg_in_from, text.span,
            fmt::format("FROM uses the variable \"{}\", which is not declared", name),
            near.empty() ? fmt::format("Write ARG {}=VALUE before the first FROM.", name)
                         : fmt::format("Did you mean ${}?", near));
  }
}

Scope automatic_scope(const oci::Platform& platform) {
  Scope scope;
  scope.declare("TARGETPLATFORM", platform.text());
  scope.declare("TARGETOS", platform.os);
  scope.declare("TARGETARCH", platform.architecture);
  scope.declare("TARGETVARIANT", platform.variant);
  scope.declare("TARGETOSVERSION", platform.os_version);
  for (const char* name :
       {"BUILDPLATFORM", "BUILDOS", "BUILDOSVERSION", "BUILDARCH", "BUILDVARIANT", "TARGETSTAGE"})
    scope.declare(name, std::nullopt);
  return scope;
}

}  // namespace modulah::validate
