// Carries out the steps of one stage for one platform.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "modulah/base/error.h"
#include "modulah/base/reporter.h"
#include "modulah/builder/request.h"
#include "modulah/validate/finding.h"

#include "build_input.h"
#include "context.h"
#include "layer_source.h"
#include "plan.h"
#include "stage_state.h"
#include "words.h"

namespace modulah::builder {

/// What the steps work with. References must outlive the builder.
struct StageTools {
  const BuildInput& input;
  const Context& context;
  LayerSource& layers;
  Reporter& reporter;
  /// When there is a list, a step that fails adds its error, and the next one follows.
  std::vector<Error>* errors = nullptr;
};

class StageBuilder {
 public:
  /// `platform` is the one that was asked for; FROM --platform says otherwise for its stage.
  /// `global` gets the names of the build arguments that are used.
  StageBuilder(const Plan& plan, const oci::Platform& platform, GlobalScope& global,
               const StageTools& tools);

  /// Runs all steps and returns what the stage is then. Throws Error with the step's place in
  /// front.
  [[nodiscard]] StageState run();
  /// How many layers came from the cache.
  [[nodiscard]] unsigned steps_cached() const noexcept { return steps_cached_; }
  /// What is to be said about files that were copied, with the lines of their instructions.
  [[nodiscard]] const std::vector<validate::Finding>& findings() const noexcept {
    return findings_;
  }

 private:
  void run_step(const containerfile::Instruction& instruction);
  void step(const containerfile::Instruction& instruction);
  void note_place(const containerfile::Instruction& instruction);
  void add_layer(LayerPlan plan, const oci::HistoryEntry& history, std::string_view what,
                 const containerfile::Span& span);
  void note_files(const KnownFiles& files, const containerfile::Span& span);
  void make_wanted_directories();

  const Plan& plan_;
  const BuildRequest& request_;
  GlobalScope& global_;
  const StageTools tools_;
  const std::int64_t time_;  ///< Of all files, in seconds since 1970.
  const std::string created_;
  StageState state_;
  std::vector<validate::Finding> findings_;
  unsigned steps_cached_ = 0;
};

}  // namespace modulah::builder
