// What the rules about a Containerfile share: the facts, and where findings go.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modulah/containerfile/expander.h"
#include "modulah/containerfile/stages.h"
#include "modulah/containerfile/values.h"
#include "modulah/validate/containerfile.h"

namespace modulah::validate {

/// What the rules may still spend on one file, so that their work stays in proportion to its size.
struct RuleBudget {
  containerfile::ExpansionBudget expansion;
  /// How many times names are compared for "Did you mean".
  std::size_t suggestions = 100;
  /// Rules of the ignore file that are compared with a name of a source; beyond it nothing is said
  /// about sources.
  std::size_t ignore_checks = 10'000'000;
};

struct RuleRun {
  const ContainerfileFacts& facts;
  std::vector<Finding>& findings;
  RuleBudget& budget;

  void add(RuleId rule, const containerfile::Span& span, std::string message,
           std::string hint = {}) const {
    findings.push_back(
        make_finding(rule, facts.source.name(), std::move(message), std::move(hint), span));
  }

  /// The one of `known` that is meant by `name`, or empty: see containerfile::nearest().
  [[nodiscard]] std::string_view suggest(std::string_view name,
                                         const std::vector<std::string_view>& known) const {
    if (budget.suggestions == 0) return {};
    --budget.suggestions;
    return containerfile::nearest(name, known);
  }
};

/// What a stage begins with.
struct StageBase {
  enum class Kind {
    scratch,
    stage,  ///< Another stage of the file.
    image,  ///< An image, which is not looked at.
  };
  Kind kind = Kind::image;
  std::size_t stage = 0;       ///< Of Kind::stage: its number.
  bool is_on_scratch = false;  ///< The bottom is scratch: nothing is in it but what is copied.
  std::optional<oci::Platform> platform = {};  ///< Of the stage itself, when it is known.
};

/// How keywords are written: ConsistentInstructionCasing, FromAsCasing.
void check_casing(const RuleRun& run);
/// Comments above ARG and FROM: InvalidDefinitionDescription.
void check_descriptions(const RuleRun& run);
/// What stages are called: StageNameCasing, DuplicateStageName, ReservedStageName,
/// NonPortableStageName. Gives the names; one that is not known is empty.
[[nodiscard]] containerfile::StageNames check_stage_names(const RuleRun& run);
/// FROM: its variables and its platform. Gives the base of each stage.
[[nodiscard]] std::vector<StageBase> check_bases(const RuleRun& run,
                                                 const containerfile::StageNames& names);
/// CMD, ENTRYPOINT and HEALTHCHECK; MAINTAINER and the old form of ENV and LABEL.
void check_commands(const RuleRun& run, const std::vector<StageBase>& bases);
/// What is expanded in the stages: variables, WORKDIR, EXPOSE, ignored files; and secrets.
void check_variables(const RuleRun& run, const std::vector<StageBase>& bases);

}  // namespace modulah::validate
