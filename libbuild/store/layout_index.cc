#include "layout_index.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/json.h"
#include "modulah/image/layout_format.h"
#include "modulah/oci/index.h"
#include "modulah/oci/media_type.h"
#include "modulah/oci/nesting.h"

namespace modulah::store {

namespace {

using Json = nlohmann::ordered_json;

/// A user's store may list many images; 64 MiB are some 200,000.
constexpr std::uint64_t kMaxIndexBytes = 64 * 1024 * 1024;

std::string name_of(const Json& entry) {
  const auto annotations = entry.find("annotations");
  if (annotations == entry.end() || !annotations->is_object()) return {};
  const auto name = annotations->find(std::string(image::kRefName));
  return name == annotations->end() || !name->is_string() ? std::string()
                                                          : name->get<std::string>();
}

std::string digest_of(const Json& entry) {
  const auto digest = entry.find("digest");
  return digest == entry.end() || !digest->is_string() ? std::string() : digest->get<std::string>();
}

void set_name(Json& entry, std::string_view name) {
  if (!entry.contains("annotations") || !entry["annotations"].is_object())
    entry["annotations"] = Json::object();
  entry["annotations"][std::string(image::kRefName)] = name;
}

void take_name(Json& entry) {
  Json& annotations = entry["annotations"];
  annotations.erase(std::string(image::kRefName));
  if (annotations.empty()) entry.erase("annotations");
}

/// A descriptor as JSON, by the one place that writes them.
Json to_entry(const oci::Descriptor& descriptor) {
  oci::Index index;
  index.manifests.push_back(descriptor);
  return parse_json<Json>(oci::to_json(index)).at("manifests").at(0);
}

/// The text without entries whose digest is not sha256: they are not ours to look at.
std::string only_sha256(const std::string& text) {
  Json json = parse_json<Json>(text);
  if (!json.is_object() || !json.contains("manifests") || !json["manifests"].is_array())
    return text;
  Json kept = Json::array();
  for (const Json& entry : json["manifests"]) {
    const bool is_other =
        entry.is_object() && !digest_of(entry).empty() && !digest_of(entry).starts_with("sha256:");
    if (!is_other) kept.push_back(entry);
  }
  json["manifests"] = std::move(kept);
  return json.dump();
}

}  // namespace

struct LayoutIndex::Document {
  Json json;

  Json& entries() { return json["manifests"]; }
  /// Entries that lost their name, when the same manifest is listed otherwise as well.
  void remove_doubles(const std::string& digest) {
    Json& list = entries();
    const auto is_same = [&](const Json& entry) { return digest_of(entry) == digest; };
    auto count = std::count_if(list.begin(), list.end(), is_same);
    for (std::size_t i = 0; i < list.size() && count > 1;) {
      if (!is_same(list[i]) || !name_of(list[i]).empty()) {
        ++i;
        continue;
      }
      list.erase(i);
      --count;
    }
  }
};

LayoutIndex::LayoutIndex(std::string text, std::vector<oci::Descriptor> entries, std::string what)
    : text_(std::move(text)), entries_(std::move(entries)), what_(std::move(what)) {}
LayoutIndex::~LayoutIndex() = default;
LayoutIndex::LayoutIndex(LayoutIndex&&) noexcept = default;

LayoutIndex LayoutIndex::read(const std::filesystem::path& path) {
  std::optional<std::string> text = read_file_if_exists(path, kMaxIndexBytes);
  if (!text) {
    oci::Index empty;
    empty.media_type = oci::media_type::kOciIndex;
    return {oci::to_json(empty), {}, path.native()};
  }
  const bool has_others =
      text->find("\"sha512:") != std::string::npos || text->find("\"sha384:") != std::string::npos;
  // Before it is copied or printed, which recurses.
  if (has_others) oci::check_nesting(*text, path.native());
  oci::Index index =
      oci::parse_index(has_others ? only_sha256(*text) : *text, path.native(), kMaxIndexBytes);
  return {std::move(*text), std::move(index.manifests), path.native()};
}

bool LayoutIndex::has_tag(std::string_view name, const oci::Descriptor& manifest) const {
  std::size_t with_name = 0;
  bool is_there = false;
  for (const oci::Descriptor& entry : entries_) {
    const bool is_named = image::ref_name(entry) == name;
    with_name += is_named ? 1 : 0;
    if (entry.digest == manifest.digest && (is_named || name.empty())) is_there = true;
  }
  return is_there && (name.empty() || with_name == 1);
}

bool LayoutIndex::is_named(const oci::Digest& digest) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const oci::Descriptor& entry) {
    return entry.digest == digest && !image::ref_name(entry).empty();
  });
}

LayoutIndex::Document& LayoutIndex::document() {
  if (!document_) document_ = std::make_unique<Document>(Document{parse_json<Json>(text_)});
  return *document_;
}

void LayoutIndex::tag(std::string_view name, const oci::Descriptor& manifest) {
  Document& document = this->document();
  const std::string& digest = manifest.digest.text();
  Json* own = nullptr;
  if (!name.empty()) {
    std::vector<std::string> losers;
    for (Json& entry : document.entries()) {
      if (name_of(entry) != name) continue;
      take_name(entry);
      losers.push_back(digest_of(entry));
    }
    for (const std::string& loser : losers)
      if (loser != digest) document.remove_doubles(loser);
  }
  for (Json& entry : document.entries())
    if (digest_of(entry) == digest && (name.empty() || name_of(entry).empty())) own = &entry;
  Json entry = own == nullptr ? to_entry(manifest) : std::move(*own);
  if (own != nullptr)
    document.entries().erase(static_cast<std::size_t>(own - &document.entries().front()));
  if (!name.empty()) set_name(entry, name);
  document.entries().push_back(std::move(entry));
  document.remove_doubles(digest);
}

bool LayoutIndex::untag(std::string_view name) {
  std::vector<std::string> losers;
  for (Json& entry : document().entries()) {
    if (name.empty() || name_of(entry) != name) continue;
    take_name(entry);
    losers.push_back(digest_of(entry));
  }
  for (const std::string& loser : losers) document().remove_doubles(loser);
  return !losers.empty();
}

void LayoutIndex::remove(const oci::Digest& digest) {
  Json& list = document().entries();
  for (std::size_t i = 0; i < list.size();) {
    if (digest_of(list[i]) == digest.text())
      list.erase(i);
    else
      ++i;
  }
}

std::size_t LayoutIndex::remove_unnamed() {
  Json& list = document().entries();
  std::size_t removed = 0;
  for (std::size_t i = 0; i < list.size();) {
    if (!name_of(list[i]).empty() || !digest_of(list[i]).starts_with("sha256:")) {
      ++i;
      continue;
    }
    list.erase(i);
    ++removed;
  }
  return removed;
}

std::string LayoutIndex::dump() const { return document_ ? document_->json.dump() : text_; }

}  // namespace modulah::store
