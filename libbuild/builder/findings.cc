// Finding out what is to be said about an image, once for each manifest.
#include "findings.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/record.h"
#include "modulah/layer/tar_reader.h"
#include "modulah/layer/unpack.h"
#include "modulah/validate/image.h"

namespace modulah::builder {

namespace {

using validate::EntryFile;
using validate::Finding;

/// Changes whenever the rules would say something else about the same image.
constexpr std::string_view kKeyVersion = "findings 1";
/// Enough to know each kind of file by.
constexpr std::size_t kFirstBytes = 64;
constexpr std::uint64_t kMaxModuleBytes = std::uint64_t{1} << 30;

/// What the first bytes of a file say that it is, whatever its size.
EntryFile::Kind kind_of_entry(const EntryPoint& entry, const StageState& state,
                              store::LayoutStore& store) {
  layer::TarReader layer(store, state.image.layers.at(entry.file->layer));
  while (const std::optional<layer::Entry> found = layer.next()) {
    if (found->path != entry.path || found->type != layer::EntryType::file) continue;
    std::array<std::byte, kFirstBytes> start{};
    std::size_t count = 0;
    while (count < start.size()) {
      const std::size_t more = layer.read(std::span(start).subspan(count));
      if (more == 0) break;
      count += more;
    }
    return validate::to_entry_kind(
        validate::kind_of_file(std::span<const std::byte>(start).first(count)));
  }
  return EntryFile::Kind::unknown;  // A hard link, which names its file elsewhere.
}

EntryFile look_at_entry(const StageState& state, const ModuleGate& gate,
                        store::LayoutStore& store) {
  const std::optional<EntryPoint> entry = find_entry_point(state);
  if (!entry || !entry->file) return {};
  EntryFile file{EntryFile::Kind::other, "/" + entry->path, entry->file->mode, {}};
  if (entry->file->type == layer::EntryType::directory) {
    file.kind = EntryFile::Kind::directory;
    return file;
  }
  const wasm::Summary* summary = entry->is_module ? gate.summary(file.path) : nullptr;
  if (summary != nullptr) {
    file.kind = EntryFile::Kind::module;
    file.summary = *summary;
    return file;
  }
  if (!entry->is_module) {
    file.kind = kind_of_entry(*entry, state, store);
    return file;
  }
  // Of a layer that was made by an earlier build.
  const std::optional<layer::FoundFile> found =
      layer::find_file(store, state.image.layers, entry->path, kMaxModuleBytes);
  if (!found) return file;
  file.kind = EntryFile::Kind::module;
  file.summary = wasm::summarize(as_bytes(found->bytes), file.path, wasm::Depth::headers);
  return file;
}

}  // namespace

std::string to_record(std::span<const Finding> findings) {
  std::string record;
  for (const Finding& finding : findings) {
    add_field(record, validate::rule_of(finding.rule).name);
    add_field(record, std::to_string(static_cast<int>(finding.severity)));
    add_field(record, finding.subject);
    add_field(record, finding.message);
    add_field(record, finding.hint);
  }
  return record;
}

std::optional<std::vector<Finding>> parse_findings(std::string_view record) {
  std::vector<Finding> findings;
  while (!record.empty()) {
    const auto rule = take_field(record);
    const auto severity = rule ? take_field(record) : std::nullopt;
    const auto subject = severity ? take_field(record) : std::nullopt;
    const auto message = subject ? take_field(record) : std::nullopt;
    const auto hint = message ? take_field(record) : std::nullopt;
    if (!hint || severity->size() != 1 || severity->front() < '0' || severity->front() > '2')
      return std::nullopt;
    const std::optional<validate::RuleId> id = validate::find_rule(*rule);
    if (!id) return std::nullopt;
    findings.push_back({*id, static_cast<validate::Severity>(severity->front() - '0'),
                        std::string(*subject), containerfile::Span{}, std::string(*message),
                        std::string(*hint)});
  }
  return findings;
}

std::vector<Finding> image_findings(const StageState& state, const BuildRequest& request,
                                    const oci::Descriptor& manifest, const ModuleGate& gate,
                                    store::LayoutStore& store) {
  const store::StepCache cache(store.cache_directory() / "findings");
  const Sha256Bytes key =
      sha256(as_bytes(fmt::format("{}\n{}", kKeyVersion, manifest.digest.text())));
  if (request.cache == CacheUse::yes)
    if (const std::optional<std::string> record = cache.find(key))
      if (std::optional<std::vector<Finding>> findings = parse_findings(*record)) return *findings;
  const validate::ImageFacts facts{
      state.image.config,
      // A docker manifest loses those that were asked for, which is one of the findings.
      request.format == oci::Format::docker ? request.annotations : state.image.annotations,
      request.format,
      look_at_entry(state, gate, store),
      {}};
  std::vector<Finding> findings = validate::check_image(facts);
  // That it could not be kept costs the next build time, and nothing else.
  (void)cache.put(key, to_record(findings));
  return findings;
}

void add_new_findings(std::vector<Finding>& findings, std::vector<Finding> more) {
  for (Finding& finding : more) {
    const std::string line = validate::to_line(finding);
    if (std::none_of(findings.begin(), findings.end(),
                     [&](const Finding& other) { return validate::to_line(other) == line; }))
      findings.push_back(std::move(finding));
  }
}

}  // namespace modulah::builder
