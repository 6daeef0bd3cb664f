// Opens each file, reads its first bytes, and takes modules through the gate.
#include "layer_check.h"

#include <utility>

#include "modulah/base/hash.h"
#include "modulah/oci/media_type.h"

namespace modulah::builder {

namespace {

class NoOutput : public LayerOutput {
 public:
  void add(const layer::Entry&) override {}
  void add(const layer::Entry&, Source&) override {}
  void add(const layer::Entry&, std::span<const std::byte>, Source&) override {}
};

image::LayerRecord record_of_nothing() {
  const oci::Digest digest = oci::Digest::from(sha256({}));
  return {
      {std::string(oci::layer_type(oci::Format::oci, Compression::none)), digest, 0, {}, {}, {}},
      digest};
}

}  // namespace

LayerCheck::LayerCheck(const Context& context, ModuleGate& gate, std::stop_token stop)
    : context_(context), contents_(context, gate, std::move(stop)) {}

MadeLayer LayerCheck::make(LayerPlan plan, std::span<const oci::Descriptor> /*below*/) {
  plan.expand_archives(context_);
  NoOutput output;
  KnownFiles known = contents_.read(plan, output);
  return {record_of_nothing(), plan.tree(), std::move(known), false};
}

}  // namespace modulah::builder
