// Reads what a layer would be made of, and makes none.
#pragma once

#include <stop_token>

#include "context.h"
#include "layer_contents.h"
#include "layer_source.h"
#include "module_gate.h"

namespace modulah::builder {

/// Its layers have the digest and size of nothing. `context` and `gate` must outlive it.
class LayerCheck : public LayerSource {
 public:
  LayerCheck(const Context& context, ModuleGate& gate, std::stop_token stop);

  [[nodiscard]] MadeLayer make(LayerPlan plan, std::span<const oci::Descriptor> below) override;

 private:
  const Context& context_;
  LayerContents contents_;
};

}  // namespace modulah::builder
