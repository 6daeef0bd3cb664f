// From a plan to a layer in the store: found in the cache, or made in one pass.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "modulah/base/reporter.h"
#include "modulah/builder/builder.h"
#include "modulah/image/edit.h"
#include "modulah/layer/layer_writer.h"
#include "modulah/layer/tree.h"
#include "modulah/store/layout_store.h"
#include "modulah/store/step_cache.h"

#include "context.h"
#include "layer_plan.h"
#include "layer_record.h"
#include "module_gate.h"

namespace modulah::builder {

/// A layer that is in the store.
struct MadeLayer {
  StepRecord record;
  layer::Tree tree;  ///< What there is with it on top of the layers below.
  bool is_cached = false;
};

struct LayerSettings {
  layer::LayerOptions options;
  CacheUse cache = CacheUse::yes;
  std::string optimizer_key;  ///< What optimisation, and by what; empty: none.
  std::stop_token stop;
};

/// Not safe for use from two threads at once. All references must outlive it.
class LayerMaker {
 public:
  LayerMaker(store::LayoutStore& store, const Context& context, ModuleGate& gate,
             LayerSettings settings, Reporter& reporter);

  /// Makes the layer of `plan`, which is not empty, on top of `below`. Throws Error.
  [[nodiscard]] MadeLayer make(LayerPlan plan, std::span<const oci::Descriptor> below);

 private:
  [[nodiscard]] Sha256Bytes key_of(const LayerPlan& plan,
                                   std::span<const oci::Descriptor> below) const;
  [[nodiscard]] std::optional<StepRecord> find_cached(const Sha256Bytes& key,
                                                      const LayerPlan& plan) const;
  void write_entries(layer::LayerWriter& writer, const LayerPlan& plan);
  void write_archives(layer::LayerWriter& writer, const LayerPlan& plan);
  /// Notes in `modules_` when it is a module. `file` is what `content` reads from, when that is a
  /// file, or null.
  void write_file(layer::LayerWriter& writer, layer::Entry entry, Source& content,
                  const FileSource* file, std::string_view name);

  Reporter& reporter_;
  store::LayoutStore& store_;
  const Context& context_;
  ModuleGate& gate_;
  const LayerSettings settings_;
  const store::StepCache steps_;
  std::vector<std::string> modules_;  ///< Of the layer being made.
};

}  // namespace modulah::builder
