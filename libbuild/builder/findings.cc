// Finding out what is to be said about an image, once for each that is built.
#include "findings.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/hash.h"
#include "modulah/base/record.h"
#include "modulah/layer/tar_reader.h"
#include "modulah/layer/unpack.h"
#include "modulah/validate/image.h"

namespace modulah::builder {

namespace {

using validate::EntryFile;
using validate::FileKind;
using validate::Finding;
using validate::RuleId;

/// Changes whenever the rules would say something else about the same image.
constexpr std::string_view kKeyVersion = "findings 2";
constexpr std::uint64_t kMaxModuleBytes = std::uint64_t{1} << 30;

/// What the file at `path` in the layer `blob` begins with says that it is; nothing for a hard
/// link, which names its file elsewhere.
std::optional<validate::FileKind> read_kind(const oci::Descriptor& blob, std::string_view path,
                                            oci::BlobReader& blobs) {
  layer::TarReader layer(blobs, blob);
  while (const std::optional<layer::Entry> found = layer.next()) {
    if (found->path != path || found->type != layer::EntryType::file) continue;
    std::array<std::byte, validate::kFileKindBytes> start{};
    std::size_t count = 0;
    while (count < start.size()) {
      const std::size_t more = layer.read(std::span(start).subspan(count));
      if (more == 0) break;
      count += more;
    }
    return validate::kind_of_file(std::span<const std::byte>(start).first(count));
  }
  return std::nullopt;
}

/// Paths that may be meant by a missing entry point: modules by their name first, as the rule wants
/// them.
std::vector<std::string> paths_of(const StageState& state) {
  std::vector<std::string> paths;
  std::vector<std::string> others;
  state.tree.walk([&](const std::string& path, const layer::TreeEntry& entry) {
    if (entry.type == layer::EntryType::directory) return;
    (path.ends_with(".wasm") ? paths : others).push_back("/" + path);
  });
  paths.insert(paths.end(), others.begin(), others.end());
  return paths;
}

EntryFile look_at_entry(const StageState& state, oci::BlobReader* blobs) {
  const std::optional<EntryPoint> entry = find_entry_point(state);
  if (!entry || !entry->file) return {};
  EntryFile file{EntryFile::Kind::unknown,
                 FileKind::other,
                 entry->path == "." ? "/" : "/" + entry->path,
                 entry->file->mode,
                 {}};
  if (entry->file->type == layer::EntryType::directory) {
    file.kind = EntryFile::Kind::directory;
    return file;
  }
  if (entry->known) {
    file.kind = EntryFile::Kind::file;
    file.content = entry->known->kind;
    if (entry->known->summary) file.summary = *entry->known->summary;
  } else if (blobs != nullptr) {
    const auto kind = read_kind(state.image.layers.at(entry->file->layer), entry->path, *blobs);
    const auto linked =
        kind ? std::nullopt
             : layer::find_file(*blobs, state.image.layers, entry->path, kMaxModuleBytes);
    if (!kind && !linked) return file;
    file.kind = EntryFile::Kind::file;
    file.content = kind ? *kind : validate::kind_of_file(as_bytes(linked->bytes));
  }
  if (file.content != FileKind::module || file.summary || blobs == nullptr) return file;
  // Of a layer that was made by an earlier build.
  if (const auto found = layer::find_file(*blobs, state.image.layers, entry->path, kMaxModuleBytes))
    file.summary = wasm::summarize(as_bytes(found->bytes), file.path, wasm::Depth::headers);
  return file;
}

void write_field(Sha256Sink& hash, std::string_view field) {
  std::string text;
  add_field(text, field);
  hash.write(as_bytes(text));
}

/// All that the findings come from: the rules, the image, and annotations that it does not have.
Sha256Bytes key_of(const oci::Descriptor& manifest, const oci::Annotations& annotations) {
  Sha256Sink hash;
  write_field(hash, kKeyVersion);
  for (const validate::Rule& rule : validate::all_rules()) {
    write_field(hash, rule.name);
    write_field(hash, to_string(rule.severity));
    write_field(hash, rule.summary);
  }
  write_field(hash, manifest.digest.text());
  for (const auto& [key, value] : annotations) {
    write_field(hash, key);
    write_field(hash, value);
  }
  return hash.finish();
}

/// A docker manifest loses those that were asked for, which is one of the findings.
const oci::Annotations& annotations_of(const StageState& state, const BuildRequest& request) {
  return request.format == oci::Format::docker ? request.annotations : state.image.annotations;
}

}  // namespace

validate::ImageFacts facts_of(const StageState& state, const BuildRequest& request,
                              oci::BlobReader* blobs) {
  validate::ImageFacts facts{state.image.config,
                             annotations_of(state, request),
                             request.format,
                             look_at_entry(state, blobs),
                             {},
                             {}};
  if (facts.entry.kind == EntryFile::Kind::missing) facts.paths = paths_of(state);
  return facts;
}

std::vector<Finding> image_findings(const StageState& state, const BuildRequest& request,
                                    const oci::Descriptor& manifest, store::LayoutStore& store) {
  const store::StepCache cache(store.cache_directory() / "findings");
  const Sha256Bytes key = key_of(manifest, annotations_of(state, request));
  if (request.cache == CacheUse::yes)
    if (const std::optional<std::string> record = cache.find(key))
      if (std::optional<std::vector<Finding>> findings = parse_findings(*record)) return *findings;
  std::vector<Finding> findings = validate::check_image(facts_of(state, request, &store));
  // Losing the record costs the next build time, and nothing else.
  (void)cache.put(key, to_record(findings));
  return findings;
}

bool is_refused(validate::RuleId rule) {
  return rule == RuleId::entry_point_missing || rule == RuleId::entry_point_not_file ||
         rule == RuleId::entry_point_not_module || rule == RuleId::shell_form;
}

void locate_entry_point(std::vector<Finding>& findings, const StageState& state,
                        const containerfile::SourceText& source) {
  const auto& entrypoint = state.image.config.config.entrypoint;
  const containerfile::Span& place =
      entrypoint && !entrypoint->empty() ? state.entrypoint : state.command;
  if (place.line == 0) return;
  for (Finding& finding : findings) {
    if (!is_refused(finding.rule)) continue;
    if (finding.rule == RuleId::entry_point_not_module)
      finding.message = fmt::format("the entry point \"{}\" {}", finding.subject, finding.message);
    else if (finding.rule == RuleId::entry_point_not_file)
      finding.message = fmt::format("the entry point \"{}\" is a directory", finding.subject);
    finding.subject = source.name();
    finding.span = place;
  }
}

void add_file_findings(std::vector<Finding>& findings, std::vector<Finding> of_files) {
  for (Finding& finding : of_files) {
    const bool is_said = std::any_of(findings.begin(), findings.end(), [&](const Finding& other) {
      return other.rule == RuleId::entry_point_not_module &&
             finding.message.starts_with(other.subject + " ");
    });
    if (!is_said) findings.push_back(std::move(finding));
  }
}

std::vector<Finding> merge_platforms(std::vector<std::vector<Finding>> by_platform,
                                     const std::vector<std::string>& names) {
  std::map<std::string, std::size_t> counts;
  for (std::vector<Finding>& findings : by_platform) {
    std::set<std::string> lines;
    std::erase_if(findings, [&](const Finding& finding) {
      return !lines.insert(validate::to_line(finding)).second;
    });
    for (const std::string& line : lines) ++counts[line];
  }
  std::vector<Finding> merged;
  std::set<std::string> said;
  for (std::size_t i = 0; i < by_platform.size(); ++i)
    for (Finding& finding : by_platform[i]) {
      const std::string line = validate::to_line(finding);
      if (counts[line] == by_platform.size()) {
        if (!said.insert(line).second) continue;
      } else {
        finding.platform = names[i];
      }
      merged.push_back(std::move(finding));
    }
  return merged;
}

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

}  // namespace modulah::builder
