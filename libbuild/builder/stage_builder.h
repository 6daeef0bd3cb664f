// Carries out the steps of one stage for one platform.
#pragma once

#include <cstddef>
#include <string>

#include "modulah/base/reporter.h"
#include "modulah/builder/plan.h"
#include "modulah/builder/request.h"

#include "context.h"
#include "layer_maker.h"
#include "stage_state.h"
#include "words.h"

namespace modulah::builder {

/// What the steps work with. References must outlive the builder.
struct StageTools {
  const containerfile::SourceText& source;
  const containerfile::File& file;
  const Context& context;
  LayerMaker& maker;
  Reporter& reporter;
};

class StageBuilder {
 public:
  StageBuilder(const Plan& plan, const BuildRequest& request, const oci::Platform& platform,
               GlobalScope& global, const StageTools& tools);

  /// Runs all steps and gives what the stage is then. Throws Error with the step's place in front.
  [[nodiscard]] StageState run();
  /// How many layers came from the cache.
  [[nodiscard]] unsigned steps_cached() const noexcept { return steps_cached_; }

 private:
  void step(const containerfile::Instruction& instruction);
  void add_layer(LayerPlan plan, const oci::HistoryEntry& history, std::string_view what);
  void make_wanted_directories();

  const Plan& plan_;
  const BuildRequest& request_;
  GlobalScope& global_;
  const StageTools tools_;
  const std::string created_;
  StageState state_;
  unsigned steps_cached_ = 0;
};

}  // namespace modulah::builder
