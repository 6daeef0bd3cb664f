// Files go to the output as they are read. A file that begins like a module is different: it is
// read up to where only custom sections follow, and the same bytes are validated on one thread
// while the output takes them on another, so that what is in the image is what was checked.
#include "layer_contents.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/layer/archive_reader.h"

#include "module_tail.h"

namespace modulah::builder {

namespace {

using validate::FileKind;

/// Of a module, which has to be in memory to be validated.
constexpr std::uint64_t kMaxModuleBytes = std::uint64_t{1} << 30;

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

}  // namespace

std::uint64_t expected_module_bytes(const LayerPlan& plan) {
  std::uint64_t largest = 0;
  for (const auto& [path, planned] : plan.entries())
    if (planned.content.kind == Content::Kind::context && path.ends_with(".wasm"))
      largest = std::max(largest, planned.entry.size);
  return largest;
}

KnownFiles LayerContents::read(const LayerPlan& plan, LayerOutput& output) {
  known_.clear();
  if (const std::uint64_t bytes = expected_module_bytes(plan)) gate_.warm_up(bytes);
  read_entries(plan, output);
  read_archives(plan, output);
  add_hardlinks(plan, output);
  return std::move(known_);
}

void LayerContents::read_entries(const LayerPlan& plan, LayerOutput& output) {
  for (const auto& [path, planned] : plan.entries()) {
    switch (planned.content.kind) {
      case Content::Kind::none:
        if (planned.entry.type == layer::EntryType::hardlink) break;
        if (planned.entry.type == layer::EntryType::file) known_[path] = {FileKind::empty};
        output.add(planned.entry);
        break;
      case Content::Kind::text: {
        SpanSource content(*planned.content.text);
        read_file(output, planned.entry, content, nullptr, path);
        break;
      }
      case Content::Kind::context: {
        const ContextEntry& file = planned.content.file;
        FileSource content(context_.open(file), file.path);
        read_file(output, planned.entry, content, &content, file.path);
        break;
      }
      case Content::Kind::archive:
        break;
    }
  }
}

void LayerContents::read_archives(const LayerPlan& plan, LayerOutput& output) {
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
      read_file(output, *found->second, content, nullptr,
                fmt::format("{}: {}", file.path, found->second->path));
    }
  }
}

/// They come last: what they name has to be there before.
void LayerContents::add_hardlinks(const LayerPlan& plan, LayerOutput& output) {
  for (const auto& [path, planned] : plan.entries()) {
    if (planned.entry.type != layer::EntryType::hardlink) continue;
    output.add(planned.entry);
    const auto target = known_.find(planned.entry.link_target);
    if (target != known_.end()) known_[path] = target->second;
  }
}

void LayerContents::read_file(LayerOutput& output, layer::Entry entry, Source& content,
                              const FileSource* file, std::string_view name) {
  std::array<std::byte, validate::kFileKindBytes> buffer{};
  const std::span<const std::byte> start = std::span(buffer).first(read_fully(content, buffer));
  PrefixedSource whole(start, content, stop_);
  const FileKind kind = validate::kind_of_file(start);
  if (kind != FileKind::module) {
    if (kind != FileKind::other || entry.path.ends_with(".wasm")) known_[entry.path] = {kind};
    output.add(entry, whole);
    return;
  }
  if (entry.size > kMaxModuleBytes)
    throw Error(ErrorKind::unsupported,
                fmt::format("{}: the module has {} bytes, more than the {} that are supported",
                            name, entry.size, kMaxModuleBytes));
  const wasm::CustomTail tail = file != nullptr && gate_.takes_tails()
                                    ? find_large_tail(*file, entry.size)
                                    : wasm::CustomTail{entry.size, {}};
  const PreparedModule module =
      gate_.prepare(read_module(whole, tail.offset, name), tail, name, "/" + entry.path);
  entry.size = module.size();
  ModuleGate::Validation validation = gate_.begin_validation(module, name);
  TailSource rest(tail, whole, name);
  output.add(entry, module.bytes.span(), rest);
  validation.wait();
  known_[entry.path] = {FileKind::module, module.summary};
}

}  // namespace modulah::builder
