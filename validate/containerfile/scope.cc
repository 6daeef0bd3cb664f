// Expanding with what is known.
#include "scope.h"

#include <utility>

#include "modulah/base/error.h"
#include "modulah/containerfile/expander.h"

namespace modulah::validate {

namespace {

/// Stands in for a value that is not known: not empty, so that ${v:?…} is content.
constexpr const char* kSomeValue = "x";

/// Calls `expander` with a lookup in `scope` and notes what it needed.
template <typename Expander>
Expansion expand_with(const Scope& scope, Expander&& expander) {
  Expansion result;
  const containerfile::Lookup lookup = [&](std::string_view name) -> std::optional<std::string> {
    const bool has = scope.has(name);
    if (!has && !scope.is_open()) return std::nullopt;
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
  values_[name] = std::move(value);
}

std::optional<std::string> Scope::value(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string_view> Scope::names() const {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : values_) names.emplace_back(name);
  return names;
}

std::optional<std::string> Expansion::text() const {
  if (!is_known || words.size() != 1) return std::nullopt;
  return words.front();
}

Expansion expand(std::string_view text, const Scope& scope, char escape, Splitting splitting) {
  return expand_with(scope, [&](const containerfile::Lookup& lookup, Expansion& result) {
    if (splitting == Splitting::yes) {
      containerfile::ExpandedWords expanded = containerfile::expand_words(text, lookup, escape);
      result.words = std::move(expanded.words);
      result.undefined = std::move(expanded.unset);
      return;
    }
    containerfile::Expanded expanded = containerfile::expand_word(text, lookup, escape);
    result.words = {std::move(expanded.text)};
    result.undefined = std::move(expanded.unset);
  });
}

Expansion expand(const containerfile::HereDocument& document, const Scope& scope) {
  return expand_with(scope, [&](const containerfile::Lookup& lookup, Expansion& result) {
    containerfile::Expanded expanded = containerfile::expand_document(document, lookup);
    result.words = {std::move(expanded.text)};
    result.undefined = std::move(expanded.unset);
  });
}

Scope automatic_scope(const oci::Platform& platform) {
  Scope scope;
  scope.declare("TARGETPLATFORM", platform.text());
  scope.declare("TARGETOS", platform.os);
  scope.declare("TARGETARCH", platform.architecture);
  scope.declare("TARGETVARIANT", platform.variant);
  for (const char* name : {"BUILDPLATFORM", "BUILDOS", "BUILDARCH", "BUILDVARIANT", "TARGETSTAGE"})
    scope.declare(name, std::nullopt);
  return scope;
}

}  // namespace modulah::validate
