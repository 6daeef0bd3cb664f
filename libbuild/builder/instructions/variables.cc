// ENV and ARG.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"

#include "instructions/instructions.h"

namespace modulah::builder {

namespace {

/// Sets NAME in a list of "NAME=value", at its place when it is there.
void set_in_list(std::vector<std::string>& list, const std::string& name,
                 const std::string& value) {
  const std::string prefix = name + "=";
  const auto found = std::find_if(list.begin(), list.end(), [&](const std::string& entry) {
    return entry.starts_with(prefix);
  });
  if (found != list.end())
    *found = prefix + value;
  else
    list.push_back(prefix + value);
}

}  // namespace

StageState apply(StageState state, const containerfile::Env& env, const Words& words) {
  // All are expanded first: a value does not see the others of its own instruction.
  std::vector<std::pair<std::string, std::string>> values;
  for (const containerfile::Pair& pair : env.pairs) {
    std::string name = words.one(pair.name);
    if (name.empty())
      throw containerfile::error_at(words.source(), pair.name.span,
                                    "the name of a variable is empty");
    values.emplace_back(std::move(name), words.one(pair.value));
  }
  for (const auto& [name, value] : values) {
    set_in_list(state.image.config.config.environment, name, value);
    state.scope.set_environment(name, value);
  }
  return state;
}

StageState apply(StageState state, const containerfile::Arg& arg, const Words& words,
                 GlobalScope& global) {
  std::vector<std::pair<std::string, std::optional<std::string>>> values;
  for (const containerfile::ArgName& name : arg.names)
    values.emplace_back(words.one(name.name),
                        name.value ? std::optional(words.one(*name.value)) : std::nullopt);
  for (const auto& [name, value] : values) state.scope.declare(global, name, value);
  return state;
}

}  // namespace modulah::builder
