// From a plan to a layer in the store: found in the cache, or made in one pass.
#pragma once

#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "modulah/base/reporter.h"
#include "modulah/builder/builder.h"
#include "modulah/image/edit.h"
#include "modulah/layer/layer_writer.h"
#include "modulah/layer/tree.h"
#include "modulah/store/layout_store.h"
#include "modulah/store/step_cache.h"

#include "context.h"
#include "layer_contents.h"
#include "layer_plan.h"
#include "layer_record.h"
#include "layer_source.h"
#include "module_gate.h"

namespace modulah::builder {

struct LayerSettings {
  layer::LayerOptions options;
  CacheUse cache = CacheUse::yes;
  std::string optimizer_key;  ///< What optimisation, and by what; empty: none.
  std::stop_token stop;
};

/// Makes layers in a store. Not safe for use from two threads at once. All references must outlive
/// it.
class LayerMaker : public LayerSource {
 public:
  LayerMaker(store::LayoutStore& store, const Context& context, ModuleGate& gate,
             LayerSettings settings, Reporter& reporter);

  [[nodiscard]] MadeLayer make(LayerPlan plan, std::span<const oci::Descriptor> below) override;

 private:
  [[nodiscard]] Sha256Bytes key_of(const LayerPlan& plan,
                                   std::span<const oci::Descriptor> below) const;
  [[nodiscard]] std::optional<StepRecord> find_cached(const Sha256Bytes& key,
                                                      const LayerPlan& plan) const;

  Reporter& reporter_;
  store::LayoutStore& store_;
  const Context& context_;
  ModuleGate& gate_;
  LayerContents contents_;
  const LayerSettings settings_;
  const store::StepCache steps_;
};

}  // namespace modulah::builder
