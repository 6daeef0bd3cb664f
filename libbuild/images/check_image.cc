// From the manifest down to the bytes of the entry point.
#include "modulah/images/check_image.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/compress.h"
#include "modulah/base/error.h"
#include "modulah/base/hash.h"
#include "modulah/base/io.h"
#include "modulah/layer/tar_reader.h"
#include "modulah/layer/tree.h"
#include "modulah/layer/unpack.h"
#include "modulah/oci/image_config.h"
#include "modulah/oci/index.h"
#include "modulah/oci/layer_compression.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"
#include "modulah/validate/image.h"

namespace modulah::images {

namespace {

using validate::EntryFile;
using validate::Finding;
using validate::RuleId;

constexpr std::uint64_t kMaxModuleBytes = std::uint64_t{1} << 30;
constexpr const char* kPlugin = "/plugin.wasm";

/// Whether the image is to blame for an error, and not this machine.
bool is_about_the_image(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::corrupt:
    case ErrorKind::invalid:
    case ErrorKind::not_found:
    case ErrorKind::unsupported:
      return true;
    case ErrorKind::usage:
    case ErrorKind::denied:
    case ErrorKind::unavailable:
    case ErrorKind::io:
    case ErrorKind::cancelled:
      return false;
  }
  return false;
}

bool is_module_blob(const oci::Descriptor& layer) { return layer.media_type.ends_with("wasm"); }

/// Reads a layer to its end, which checks digest and size, and returns its diff id.
oci::Digest read_layer(oci::BlobReader& blobs, const oci::Descriptor& layer) {
  const std::unique_ptr<Source> stored = blobs.open(layer);
  const std::unique_ptr<Source> plain =
      make_decompressor(oci::compression_of(layer.media_type), *stored);
  Sha256Sink hash;
  (void)copy(*plain, hash);
  CountSink rest;
  (void)copy(*stored, rest);  // What follows the compressed stream counts for the digest.
  return oci::Digest::from(hash.finish());
}

/// Checks one image of the store.
class ImageCheck {
 public:
  ImageCheck(oci::BlobReader& blobs, ModuleValidator& modules, std::string subject)
      : blobs_(blobs), modules_(modules), subject_(std::move(subject)) {}

  std::vector<Finding> run(const oci::Descriptor& root) {
    guard([&] { check(root); });
    return std::move(findings_);
  }

 private:
  /// Makes a finding of an Error about the image. Returns whether there was none.
  template <typename Action>
  bool guard(Action&& action) {
    try {
      action();
      return true;
    } catch (const Error& error) {
      if (!is_about_the_image(error)) throw;
      findings_.push_back(validate::finding_of(error, RuleId::corrupt_image, subject_));
      return false;
    }
  }
  void add_corrupt(std::string message) {
    findings_.push_back(
        validate::make_finding(RuleId::corrupt_image, subject_, std::move(message),
                               std::string(validate::rule_of(RuleId::corrupt_image).advice)));
  }
  void add_all(std::vector<Finding> more) {
    std::move(more.begin(), more.end(), std::back_inserter(findings_));
  }

  void check(const oci::Descriptor& root) {
    manifest_ = oci::parse_manifest(oci::read_blob(blobs_, root, oci::kMaxDocumentBytes),
                                    "manifest " + root.digest.text());
    const std::string& type =
        manifest_->media_type.empty() ? root.media_type : manifest_->media_type;
    format_ = type == oci::media_type::kDockerManifest ? oci::Format::docker : oci::Format::oci;
    const std::string config_text =
        oci::read_blob(blobs_, manifest_->config, oci::kMaxDocumentBytes);
    const std::string& config_type = manifest_->config.media_type;
    const bool is_image =
        config_type == oci::media_type::kOciConfig || config_type == oci::media_type::kDockerConfig;
    if (is_image)
      config_ =
          oci::parse_image_config(config_text, "configuration " + manifest_->config.digest.text());
    const bool is_whole = check_blobs(is_image);
    const auto has_only = [&](auto test) {
      return std::all_of(manifest_->layers.begin(), manifest_->layers.end(), test);
    };
    if (!has_only([](const auto& layer) { return !is_module_blob(layer); })) check_artifact();
    // With other blobs among the layers it is not an image to run: a provenance, a signature.
    else if (is_image && is_whole &&
             has_only([](const auto& layer) { return oci::is_layer(layer.media_type); }))
      check_image();
  }

  /// All layers. Without an image's configuration there are no diff ids to compare.
  bool check_blobs(bool is_image) {
    const std::size_t count = manifest_->layers.size();
    bool is_whole = true;
    if (is_image && config_.diff_ids.size() != count) {
      add_corrupt(fmt::format("the manifest has {} layers and the configuration {} diff ids", count,
                              config_.diff_ids.size()));
      is_whole = false;
    }
    if (is_image) check_history();
    for (std::size_t i = 0; i < count; ++i) {
      const oci::Descriptor& layer = manifest_->layers[i];
      is_whole &= guard([&] {
        if (!oci::is_layer(layer.media_type)) {
          CountSink read;
          (void)copy(*blobs_.open(layer), read);
          return;
        }
        const oci::Digest diff_id = read_layer(blobs_, layer);
        if (!is_image || i >= config_.diff_ids.size() || config_.diff_ids[i] == diff_id) return;
        add_corrupt(fmt::format("layer {} has the diff id {}, and the configuration says {}", i + 1,
                                diff_id.text(), config_.diff_ids[i].text()));
      });
    }
    return is_whole;
  }

  void check_history() {
    if (config_.history.empty()) return;
    const auto layers = static_cast<std::size_t>(
        std::count_if(config_.history.begin(), config_.history.end(),
                      [](const oci::HistoryEntry& entry) { return !entry.is_empty_layer; }));
    if (layers != config_.diff_ids.size())
      add_corrupt(fmt::format("the history has {} entries with a layer, and there are {} diff ids",
                              layers, config_.diff_ids.size()));
  }

  /// A module as a blob of its own.
  void check_artifact() {
    for (const oci::Descriptor& layer : manifest_->layers) {
      if (!is_module_blob(layer)) continue;
      std::string bytes;
      if (!guard([&] { bytes = oci::read_blob(blobs_, layer, kMaxModuleBytes); })) continue;
      ModuleReport report = modules_.check(as_bytes(bytes), subject_);
      add_all(std::move(report.findings));
      if (report.summary)
        add_all(validate::check_module(*report.summary, subject_, validate::ModuleUse::file));
    }
  }

  void check_image() {
    validate::ImageFacts facts{config_, manifest_->annotations, format_, {}, {}, {}};
    const bool is_read = guard([&] {
      facts.entry = find_entry();
      if (needs_plugin(facts.entry)) facts.plugin = find_plugin();
    });
    if (!is_read) return;
    std::vector<Finding> more = validate::check_image(facts);
    for (Finding& finding : more)
      if (finding.subject == "image") finding.subject = subject_;
    add_all(std::move(more));
  }

  [[nodiscard]] std::string absolute(const std::string& path) const {
    if (path.starts_with('/')) return path;
    const std::string& directory = config_.config.working_directory;
    return (directory.empty() ? "/" : directory + "/") + path;
  }

  EntryFile find_entry() {
    const std::vector<std::string> words = validate::command_of(config_.config);
    if (words.empty() || words.front().empty()) return {};
    const std::string path = absolute(words.front().substr(0, words.front().find('#')));
    std::optional<layer::FoundFile> file =
        layer::find_file(blobs_, manifest_->layers, path, kMaxModuleBytes);
    if (!file) return find_directory(path);
    const std::string shown = file->path.starts_with('/') ? file->path : "/" + file->path;
    const validate::FileKind kind = validate::kind_of_file(as_bytes(file->bytes));
    EntryFile entry{EntryFile::Kind::file, kind, shown, file->entry.mode & 07777U, {}};
    if (kind == validate::FileKind::module) entry.summary = check_module(file->bytes, shown);
    return entry;
  }

  std::optional<wasm::Summary> check_module(const std::string& bytes, const std::string& path) {
    ModuleReport report = modules_.check(as_bytes(bytes), path);
    add_all(std::move(report.findings));
    return std::move(report.summary);
  }

  /// It may be a directory instead of a file, which only the tree of all layers tells.
  EntryFile find_directory(const std::string& path) {
    layer::Tree tree;
    for (const oci::Descriptor& blob : manifest_->layers) {
      layer::TarReader reader(blobs_, blob);
      tree.apply_layer(reader);
    }
    const std::optional<layer::TreeEntry> found = tree.find(path);
    if (!found) return {};
    const bool is_directory = found->type == layer::EntryType::directory;
    return {is_directory ? EntryFile::Kind::directory : EntryFile::Kind::file,
            validate::FileKind::other,
            path,
            found->mode,
            {}};
  }

  [[nodiscard]] bool needs_plugin(const EntryFile& entry) const {
    if (validate::command_of(config_.config).empty()) return true;
    if (!entry.summary) return false;
    const auto& environments = entry.summary->environments;
    return std::find(environments.begin(), environments.end(), wasm::Environment::proxy_wasm) !=
           environments.end();
  }

  std::optional<validate::PluginFile> find_plugin() {
    const std::span<const oci::Descriptor> layers(manifest_->layers);
    for (std::size_t i = layers.size(); i-- > 0;) {
      std::optional<layer::FoundFile> file =
          layer::find_file(blobs_, layers.subspan(i, 1), kPlugin, kMaxModuleBytes);
      if (!file) continue;
      (void)check_module(file->bytes, kPlugin);
      return validate::PluginFile{kPlugin, layers[i].media_type, i + 1 == layers.size()};
    }
    return std::nullopt;
  }

  oci::BlobReader& blobs_;
  ModuleValidator& modules_;
  const std::string subject_;
  std::optional<oci::Manifest> manifest_;  ///< Read first of all.
  oci::ImageConfig config_;
  oci::Format format_ = oci::Format::oci;
  std::vector<Finding> findings_;
};

/// What an index's entry is called.
std::string subject_of(const oci::Descriptor& entry) {
  return fmt::format("image for {}", entry.platform ? entry.platform->text() : entry.digest.text());
}

}  // namespace

std::vector<Finding> check_stored_image(oci::BlobReader& blobs, const oci::Descriptor& root,
                                        ModuleValidator& modules) {
  if (!oci::is_index(root.media_type)) return ImageCheck(blobs, modules, "image").run(root);
  std::vector<Finding> findings;
  oci::Index index;
  try {
    index = oci::parse_index(oci::read_blob(blobs, root, oci::kMaxDocumentBytes),
                             "index " + root.digest.text());
    if (index.manifests.empty()) throw Error(ErrorKind::invalid, "the index has no entries");
  } catch (const Error& error) {
    if (!is_about_the_image(error)) throw;
    return {validate::finding_of(error, RuleId::corrupt_image, "image")};
  }
  for (const oci::Descriptor& entry : index.manifests) {
    const std::string subject = subject_of(entry);
    std::vector<Finding> more =
        oci::is_index(entry.media_type)
            ? std::vector{validate::make_finding(RuleId::corrupt_image, subject,
                                                 "is an index in an index, which is not read")}
            : ImageCheck(blobs, modules, subject).run(entry);
    std::move(more.begin(), more.end(), std::back_inserter(findings));
  }
  return findings;
}

}  // namespace modulah::images
