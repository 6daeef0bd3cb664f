// What every image gets at the end of its build.
//
// An annotation that a runtime should see is written twice: in the manifest, where the tools of
// cri-o and containerd look, and as a label in the configuration, because that is where the image
// specification's conversion to a runtime bundle takes annotations from.
// https://github.com/opencontainers/image-spec/blob/v1.1.0/conversion.md#annotation-fields
#include "finish.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/hash.h"
#include "modulah/image/blob_writer.h"
#include "modulah/image/edit.h"

#include "instructions/instructions.h"

namespace modulah::builder {

namespace {

constexpr std::string_view kCompat = "compat";

void set_environment(std::vector<std::string>& environment, const std::string& entry) {
  const std::string name = entry.substr(0, entry.find('=') + 1);
  const auto found = std::find_if(environment.begin(), environment.end(),
                                  [&](const auto& other) { return other.starts_with(name); });
  if (found != environment.end())
    *found = entry;
  else
    environment.push_back(entry);
}

/// The variant that the image is to have, or nothing.
std::optional<std::string> variant_of(const StageState& state, const BuildRequest& request) {
  const std::string key(kVariantKey);
  const auto asked = request.annotations.find(key);
  if (asked != request.annotations.end()) return asked->second;
  const std::optional<EntryPoint> entry = find_entry_point(state);
  if (entry && entry->is_module()) return std::string(kCompat);
  return std::nullopt;
}

}  // namespace

std::string rfc3339(std::int64_t seconds) {
  // Not gmtime_r(), which reads the machine's time zone first.
  constexpr std::int64_t kEndOf9999 = 253'402'300'800;
  if (seconds < 0 || seconds >= kEndOf9999)
    throw Error(ErrorKind::invalid,
                fmt::format("the time {} is not between the years 1970 and 9999", seconds));
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<EntryPoint> find_entry_point(const StageState& state) {
  const oci::ContainerConfig& config = state.image.config.config;
  std::string word;
  if (config.entrypoint && !config.entrypoint->empty())
    word = config.entrypoint->front();
  else if (config.command && !config.command->empty())
    word = config.command->front();
  if (word.empty()) return std::nullopt;
  EntryPoint entry{word, "", std::nullopt, std::nullopt};
  // runwasi's "PATH#FUNCTION" names a function of the module.
  const std::string file = word.substr(0, word.find('#'));
  try {
    entry.path = state.tree.resolve(absolute_in_image(state, file));
  } catch (const Error&) {
    return entry;  // A loop of symlinks, or a file where a directory should be: nothing is there.
  }
  entry.file = state.tree.find(entry.path, layer::LastLink::keep);
  if (!entry.file) return entry;
  const auto known = state.known_files.find(entry.path);
  if (known != state.known_files.end() && entry.file->layer == known->second.layer)
    entry.known = known->second.file;
  // Of a layer that was read now, what is not known is of no special kind.
  else if (entry.file->type == layer::EntryType::file &&
           !state.cached_layers.contains(entry.file->layer))
    entry.known = KnownFile{};
  return entry;
}

StageState apply_request(StageState state, const BuildRequest& request) {
  oci::ContainerConfig& config = state.image.config.config;
  for (const std::string& entry : request.environment) set_environment(config.environment, entry);
  std::erase_if(config.environment, [&](const std::string& entry) {
    return request.unset_environment.contains(entry.substr(0, entry.find('=')));
  });
  if (request.omits_history) state.image.config.history.clear();
  if (config.working_directory.empty()) config.working_directory = "/";

  oci::Annotations annotations = request.annotations;
  if (const std::optional<std::string> variant = variant_of(state, request)) {
    annotations.emplace(kVariantKey, *variant);
    config.labels.emplace(kVariantKey, *variant);
  }
  if (request.has_created_annotation)
    annotations.emplace("org.opencontainers.image.created", state.image.config.created);
  for (const auto& [key, value] : request.labels) config.labels[key] = value;
  for (const std::string& key : request.unset_labels) config.labels.erase(key);
  for (const std::string& key : request.unset_annotations) annotations.erase(key);
  if (request.format == oci::Format::oci)
    state.image = image::set_annotations(std::move(state.image), annotations);
  return state;
}

Documents make_documents(const image::Image& image, oci::Format format) {
  const auto describe = [](std::string_view type, const std::string& text) {
    return oci::Descriptor{
        std::string(type), oci::Digest::from(sha256(as_bytes(text))), text.size(), {}, {}, {}};
  };
  const bool is_oci = format == oci::Format::oci;
  std::string config_text = oci::to_json(image.config);
  oci::Descriptor config =
      describe(is_oci ? oci::media_type::kOciConfig : oci::media_type::kDockerConfig, config_text);
  const oci::Manifest manifest = image::make_manifest(image, config, format);
  std::string manifest_text = oci::to_json(manifest);
  oci::Descriptor descriptor = describe(manifest.media_type, manifest_text);
  return {std::move(config), std::move(config_text), std::move(descriptor),
          std::move(manifest_text)};
}

void store_documents(const Documents& documents, store::LayoutStore& store) {
  (void)image::put_document(store, documents.config.media_type, documents.config_text);
  (void)image::put_document(store, documents.manifest.media_type, documents.manifest_text);
}

}  // namespace modulah::builder
