// Finding a layer in the cache, or writing it. The layer is only kept when all of its modules are
// valid.
#include "layer_maker.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/layer/tar_reader.h"

namespace modulah::builder {

namespace {

/// Changes whenever the same plan would give other bytes than before.
constexpr std::string_view kKeyVersion = "layer 2";
/// How many files that are not modules a record names; the others are read again when needed.
constexpr std::size_t kMaxRecordedFiles = 100;

/// Of all files together.
std::uint64_t content_bytes(const LayerPlan& plan) {
  std::uint64_t bytes = 0;
  for (const auto& [path, planned] : plan.entries()) bytes += planned.entry.size;
  return bytes;
}

/// What the step cache keeps of the files: modules, and what a rule speaks about.
KnownFiles recorded_files(const KnownFiles& known) {
  KnownFiles recorded;
  std::size_t others = 0;
  for (const auto& [path, file] : known) {
    const bool is_module = file.kind == validate::FileKind::module;
    const bool is_noted = validate::is_native(file.kind) || path.ends_with(".wasm");
    if (is_module || (is_noted && others++ < kMaxRecordedFiles)) recorded[path] = {file.kind};
  }
  return recorded;
}

/// Writes into a layer.
class WriterOutput : public LayerOutput {
 public:
  explicit WriterOutput(layer::LayerWriter& writer) : writer_(writer) {}
  void add(const layer::Entry& entry) override { writer_.add(entry); }
  void add(const layer::Entry& entry, Source& content) override { writer_.add(entry, content); }
  void add(const layer::Entry& entry, std::span<const std::byte> beginning, Source& rest) override {
    writer_.add(entry, beginning, rest);
  }

 private:
  layer::LayerWriter& writer_;
};

}  // namespace

LayerMaker::LayerMaker(store::LayoutStore& store, const Context& context, ModuleGate& gate,
                       LayerSettings settings, Reporter& reporter)
    : reporter_(reporter),
      store_(store),
      context_(context),
      gate_(gate),
      contents_(context, gate, settings.stop),
      settings_(std::move(settings)),
      steps_(store.cache_directory() / "steps") {}

Sha256Bytes LayerMaker::key_of(const LayerPlan& plan,
                               std::span<const oci::Descriptor> below) const {
  Sha256Sink hash;
  const std::string_view type =
      oci::layer_type(settings_.options.format, settings_.options.compression);
  hash.write(as_bytes(fmt::format("{}\n{}\n{}\n", kKeyVersion, type, settings_.optimizer_key)));
  // Where an archive's names lead depends on what is below.
  if (!plan.archives().empty())
    for (const oci::Descriptor& layer : below) hash.write(as_bytes(layer.digest.text()));
  plan.hash_into(hash);
  return hash.finish();
}

std::optional<StepRecord> LayerMaker::find_cached(const Sha256Bytes& key,
                                                  const LayerPlan& plan) const {
  if (settings_.cache == CacheUse::no) return std::nullopt;
  const std::optional<std::string> text = steps_.find(key, plan.latest_change_ns());
  if (!text) return std::nullopt;
  std::optional<StepRecord> record = parse_step_record(*text);
  if (!record || !store_.has(record->layer.descriptor)) return std::nullopt;
  return record;
}

MadeLayer LayerMaker::make(LayerPlan plan, std::span<const oci::Descriptor> below) {
  const Sha256Bytes key = key_of(plan, below);
  if (std::optional<StepRecord> record = find_cached(key, plan)) {
    layer::Tree tree = plan.tree();
    if (!plan.archives().empty()) {
      tree = plan.below();
      layer::TarReader layer(store_, record->layer.descriptor);
      tree.apply_layer(layer);
    }
    return {std::move(record->layer), std::move(tree), std::move(record->files), true};
  }
  if (const std::uint64_t bytes = expected_module_bytes(plan)) gate_.warm_up(bytes);
  plan.expand_archives(context_);
  // Destroyed without an outcome: the line that says which layer was made is the builder's.
  const std::unique_ptr<Progress> progress = reporter_.begin("layer", content_bytes(plan));
  layer::LayerWriter writer(store_.begin_blob(), settings_.options);
  writer.report_to(*progress);
  WriterOutput output(writer);
  KnownFiles known = contents_.read(plan, output);
  layer::LayerResult result = writer.finish();
  const StepRecord record{{std::move(result.descriptor), std::move(result.diff_id)},
                          recorded_files(known)};
  // Losing the record costs the next build time, and nothing else.
  (void)steps_.put(key, to_text(record));
  return {record.layer, plan.tree(), std::move(known), false};
}

}  // namespace modulah::builder
