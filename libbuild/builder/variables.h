// What names stand for while a Containerfile is evaluated: ARG, ENV and the build's own variables.
//
// Three scopes. Before the first FROM, ARG declares global names with the automatic ones about the
// platform among them. A stage sees only what it declares with ARG, a global's value being its
// default, and what it sets with ENV, which wins over an ARG of the same name. Values given
// with --build-arg win over every default.
// https://docs.docker.com/reference/dockerfile/#scope is the behaviour followed.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/oci/platform.h"

namespace modulah::builder {

using VariableMap = std::map<std::string, std::string, std::less<>>;

/// The values of the variables that nobody has to set: TARGETPLATFORM, TARGETOS, TARGETARCH,
/// TARGETVARIANT, the same with BUILD for the machine that builds, and TARGETSTAGE.
[[nodiscard]] VariableMap automatic_variables(const oci::Platform& target,
                                              const oci::Platform& build, std::string_view stage);

/// The global scope.
class GlobalScope {
 public:
  GlobalScope(VariableMap build_args, VariableMap automatic);

  /// ARG before the first FROM; `value` is its default, expanded, when it has one.
  void declare(const std::string& name, const std::optional<std::string>& value);
  /// Also what a stage's ARG without a default gets.
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
  /// The value of --build-arg, which is noted as used.
  [[nodiscard]] std::optional<std::string> build_arg(std::string_view name);
  /// The names of --build-arg that no ARG asked for, but for those that every build may be given
  /// (proxies).
  [[nodiscard]] std::vector<std::string> unused_build_args() const;

 private:
  VariableMap build_args_;
  VariableMap automatic_;
  VariableMap declared_;
  std::set<std::string, std::less<>> used_;
};

/// The scope of one stage: a value.
class StageScope {
 public:
  /// ARG in the stage. `value` is its default, expanded, when it has one.
  void declare(GlobalScope& global, const std::string& name,
               const std::optional<std::string>& value);
  void set_environment(const std::string& name, std::string value);
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;

 private:
  VariableMap args_;
  VariableMap environment_;
};

}  // namespace modulah::builder
