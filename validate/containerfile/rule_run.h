// What the rules about a Containerfile share: the facts, and where findings go.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "modulah/validate/containerfile.h"

namespace modulah::validate {

struct RuleRun {
  const ContainerfileFacts& facts;
  std::vector<Finding>& findings;

  void add(RuleId rule, const containerfile::Span& span, std::string message,
           std::string hint = {}) const {
    findings.push_back(
        make_finding(rule, facts.source.name(), std::move(message), std::move(hint), span));
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
  bool is_on_scratch = false;  ///< At the root of all is scratch: nothing is there but what is
                               ///< copied.
};

/// How keywords are written: ConsistentInstructionCasing, FromAsCasing.
void check_casing(const RuleRun& run);
/// What stages are called: StageNameCasing, DuplicateStageName, ReservedStageName.
void check_stage_names(const RuleRun& run);
/// CMD, ENTRYPOINT and HEALTHCHECK; MAINTAINER and the old form of ENV and LABEL.
void check_commands(const RuleRun& run, const std::vector<StageBase>& bases);
/// FROM: its variables and its platform. Gives the base of each stage.
[[nodiscard]] std::vector<StageBase> check_bases(const RuleRun& run);
/// What is expanded in the stages: variables, WORKDIR, EXPOSE, ignored files; and secrets.
void check_variables(const RuleRun& run, const std::vector<StageBase>& bases);

}  // namespace modulah::validate
