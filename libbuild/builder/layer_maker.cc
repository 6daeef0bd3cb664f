// Finding a layer in the cache, or writing it.
//
// Files go into the tar as they are read. A file that begins like a module is different: it is read
// up to where only custom sections follow, and the same bytes are validated on one thread while
// they are compressed on another, so that what is in the image is what was checked. The layer is
// only kept when both went well.
#include "layer_maker.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/layer/archive_reader.h"
#include "modulah/layer/tar_reader.h"

#include "module_tail.h"

namespace modulah::builder {

namespace {

/// Changes whenever the same plan would give other bytes than before.
constexpr std::string_view kKeyVersion = "layer 1";
/// Of a module, which has to be in memory to be validated.
constexpr std::uint64_t kMaxModuleBytes = std::uint64_t{1} << 30;
constexpr std::size_t kMagicBytes = 8;

/// Reads what was looked at already, then the rest; throws Error cancelled when asked to stop.
class PrefixedSource : public Source {
 public:
  PrefixedSource(std::span<const std::byte> prefix, Source& rest, std::stop_token stop)
      : prefix_(prefix), rest_(rest), stop_(std::move(stop)) {}
  std::size_t read(std::span<std::byte> buffer) override {
    if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "the build was stopped");
    if (prefix_.empty()) return rest_.read(buffer);
    const std::size_t count = std::min(prefix_.size(), buffer.size());
    std::copy_n(prefix_.begin(), count, buffer.begin());
    prefix_ = prefix_.subspan(count);
    return count;
  }

 private:
  std::span<const std::byte> prefix_;
  Source& rest_;
  std::stop_token stop_;
};

/// Reads the current member of an archive.
class MemberSource : public Source {
 public:
  explicit MemberSource(layer::ArchiveReader& archive) : archive_(archive) {}
  std::size_t read(std::span<std::byte> buffer) override { return archive_.read(buffer); }

 private:
  layer::ArchiveReader& archive_;
};

/// Fills `buffer` as far as there is something; returns how far.
std::size_t read_fully(Source& from, std::span<std::byte> buffer) {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const std::size_t count = from.read(buffer.subspan(done));
    if (count == 0) break;
    done += count;
  }
  return done;
}

/// The first `size` bytes of a module.
ModuleBytes read_module(Source& from, std::uint64_t size, std::string_view name) {
  ModuleBytes bytes(static_cast<std::size_t>(size));
  if (read_fully(from, bytes.span()) != size) throw_changed(name);
  return bytes;
}

/// The size of what will be the largest module, going by the names; 0 when there will be none.
std::uint64_t expected_module_bytes(const LayerPlan& plan) {
  std::uint64_t largest = 0;
  for (const auto& [path, planned] : plan.entries())
    if (planned.content.kind == Content::Kind::context && path.ends_with(".wasm"))
      largest = std::max(largest, planned.entry.size);
  return largest;
}

/// Of all files together.
std::uint64_t content_bytes(const LayerPlan& plan) {
  std::uint64_t bytes = 0;
  for (const auto& [path, planned] : plan.entries()) bytes += planned.entry.size;
  return bytes;
}

}  // namespace

LayerMaker::LayerMaker(store::LayoutStore& store, const Context& context, ModuleGate& gate,
                       LayerSettings settings, Reporter& reporter)
    : reporter_(reporter),
      store_(store),
      context_(context),
      gate_(gate),
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
    return {std::move(*record), std::move(tree), true};
  }
  if (const std::uint64_t bytes = expected_module_bytes(plan)) gate_.warm_up(bytes);
  modules_.clear();
  plan.expand_archives(context_);
  // Destroyed without an outcome: the line that says which layer was made is the builder's.
  const std::unique_ptr<Progress> progress = reporter_.begin("layer", content_bytes(plan));
  layer::LayerWriter writer(store_.begin_blob(), settings_.options);
  writer.report_to(*progress);
  write_entries(writer, plan);
  write_archives(writer, plan);
  layer::LayerResult result = writer.finish();
  StepRecord record{{std::move(result.descriptor), std::move(result.diff_id)}, modules_};
  // That it could not be kept costs the next build time, and nothing else.
  (void)steps_.put(key, to_text(record));
  return {std::move(record), plan.tree(), false};
}

void LayerMaker::write_entries(layer::LayerWriter& writer, const LayerPlan& plan) {
  for (const auto& [path, planned] : plan.entries()) {
    switch (planned.content.kind) {
      case Content::Kind::none:
        // Hard links come last: what they name has to be there before.
        if (planned.entry.type != layer::EntryType::hardlink) writer.add(planned.entry);
        break;
      case Content::Kind::text: {
        SpanSource content(*planned.content.text);
        write_file(writer, planned.entry, content, nullptr, path);
        break;
      }
      case Content::Kind::context: {
        const ContextEntry& file = planned.content.file;
        FileSource content(context_.open(file), file.path);
        write_file(writer, planned.entry, content, &content, file.path);
        break;
      }
      case Content::Kind::archive:
        break;
    }
  }
}

void LayerMaker::write_archives(layer::LayerWriter& writer, const LayerPlan& plan) {
  // Which members are wanted, by archive and number: others were overwritten by later ones.
  std::vector<std::map<std::size_t, const layer::Entry*>> wanted(plan.archives().size());
  for (const auto& [path, planned] : plan.entries())
    if (planned.content.kind == Content::Kind::archive)
      wanted[planned.content.archive][planned.content.member] = &planned.entry;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const ContextEntry& file = plan.archives()[i].file;
    const auto reader = layer::ArchiveReader::open(context_.open(file), file.path);
    for (std::size_t member = 0; reader && reader->next(); ++member) {
      const auto found = wanted[i].find(member);
      if (found == wanted[i].end()) continue;
      MemberSource content(*reader);
      write_file(writer, *found->second, content, nullptr,
                 fmt::format("{}: {}", file.path, found->second->path));
    }
  }
  for (const auto& [path, planned] : plan.entries())
    if (planned.entry.type == layer::EntryType::hardlink) writer.add(planned.entry);
}

void LayerMaker::write_file(layer::LayerWriter& writer, layer::Entry entry, Source& content,
                            const FileSource* file, std::string_view name) {
  std::array<std::byte, kMagicBytes> start{};
  const std::span<const std::byte> magic = std::span(start).first(read_fully(content, start));
  PrefixedSource whole(magic, content, settings_.stop);
  if (!ModuleGate::is_module(magic)) {
    writer.add(entry, whole);
    return;
  }
  if (entry.size > kMaxModuleBytes)
    throw Error(ErrorKind::unsupported, fmt::format("{}: a module of {} bytes; the most is {}",
                                                    name, entry.size, kMaxModuleBytes));
  const wasm::CustomTail tail = file != nullptr && gate_.takes_tails()
                                    ? find_large_tail(*file, entry.size)
                                    : wasm::CustomTail{entry.size, {}};
  const PreparedModule module =
      gate_.prepare(read_module(whole, tail.offset, name), tail, name, "/" + entry.path);
  entry.size = module.size();
  ModuleGate::Validation validation = gate_.begin_validation(module, name);
  TailSource rest(tail, whole, name);
  writer.add(entry, module.bytes.span(), rest);
  validation.wait();
  modules_.push_back(entry.path);
}

}  // namespace modulah::builder
