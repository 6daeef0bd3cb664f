// Looks up images by names, ids and digests.
#include "modulah/images/find_image.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/nearest.h"
#include "modulah/images/names.h"
#include "modulah/oci/index.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"
#include "modulah/oci/reference.h"

namespace modulah::images {

namespace {

using oci::Digest;
using oci::Reference;

constexpr std::string_view kDigestPrefix = "sha256:";
constexpr std::size_t kDigestHex = 64;
constexpr std::size_t kMinId = 4;
constexpr std::size_t kShortId = 12;

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_digest(std::string_view word) {
  return word.starts_with(kDigestPrefix) && word.size() == kDigestPrefix.size() + kDigestHex &&
         is_hex(word.substr(kDigestPrefix.size()));
}

std::vector<Reference> candidates(std::string_view word) {
  std::vector<Reference> found = {parse_name(word, Reference::Defaults::local)};
  Reference docker = parse_name(word, Reference::Defaults::docker);
  if (docker != found.front()) found.push_back(std::move(docker));
  return found;
}

std::optional<FoundImage> find_by_name(store::LayoutStore& store, std::string_view word) {
  for (const std::string& name : candidate_names(word))
    if (const auto manifest = store.resolve(name))
      return FoundImage{name, FoundBy::name, *manifest};
  return std::nullopt;
}

bool is_id_word(std::string_view word) { return word.size() == kDigestHex && is_hex(word); }

/// The digits by which the user can tell images apart.
std::string shown_id(const store::StoredImage& image) {
  return std::string(image.id.value_or(image.manifest.digest).hex());
}

/// How many digits tell these ids apart, 12 or more.
std::size_t digits_to_tell(const std::set<std::string>& ids) {
  std::size_t count = kShortId;
  const auto are_apart = [&] {
    std::set<std::string> beginnings;
    for (const std::string& id : ids) beginnings.insert(id.substr(0, count));
    return beginnings.size() == ids.size();
  };
  while (count < kDigestHex && !are_apart()) ++count;
  return count;
}

/// Which images an ambiguous beginning of an id may mean, in a sentence: what it lists can be
/// typed.
std::string which_of(const std::vector<store::StoredImage>& found) {
  std::map<std::string, std::vector<std::string>> names;
  std::set<std::string> ids;
  for (const store::StoredImage& image : found) {
    ids.insert(shown_id(image));
    std::vector<std::string>& own = names[shown_id(image)];
    own.insert(own.end(), image.names.begin(), image.names.end());
  }
  const std::size_t digits = digits_to_tell(ids);
  std::vector<std::string> list;
  for (const auto& [id, own] : names)
    list.push_back(own.empty()
                       ? id.substr(0, digits)
                       : fmt::format("{} ({})", id.substr(0, digits), fmt::join(own, ", ")));
  return fmt::format("Give a name, or more digits of one of these: {}.", fmt::join(list, "; "));
}

std::optional<FoundImage> find_by_id(store::LayoutStore& store, std::string_view word) {
  const std::vector<store::StoredImage> found = store.find_by_id(word);
  if (found.empty()) return std::nullopt;
  std::string_view hex = word;
  if (hex.starts_with(kDigestPrefix)) hex.remove_prefix(kDigestPrefix.size());
  const auto has_id = [&](const store::StoredImage& image) {
    return image.id && image.id->hex().starts_with(hex);
  };
  const bool are_one = std::all_of(found.begin(), found.end(), [&](const auto& image) {
    return has_id(image) && image.id == found.back().id;
  });
  if (found.size() > 1 && !are_one)
    throw Error(ErrorKind::invalid,
                fmt::format("\"{}\" is the beginning of {} images' ids", word, found.size()),
                which_of(found));
  return FoundImage{std::string(word), has_id(found.back()) ? FoundBy::id : FoundBy::digest,
                    found.back().manifest};
}

/// Whether one of the image's names is of this repository, whatever its tag.
bool is_of_repository(const store::StoredImage& image, const std::string& repository) {
  return std::any_of(image.names.begin(), image.names.end(), [&](const std::string& name) {
    return name.size() > repository.size() && name.starts_with(repository) &&
           (name[repository.size()] == ':' || name[repository.size()] == '@');
  });
}

/// "app@sha256:…": an image named app with this digest, or the entry of an index named so.
std::optional<FoundImage> find_by_digest(store::LayoutStore& store, const Reference& wanted) {
  for (const store::StoredImage& image : store.images()) {
    if (!is_of_repository(image, wanted.name())) continue;
    if (image.manifest.digest == *wanted.digest)
      return FoundImage{wanted.text(), FoundBy::digest, image.manifest};
    if (!oci::is_index(image.manifest.media_type) || !image.problem.empty()) continue;
    const oci::Index index =
        oci::parse_index(oci::read_blob(store, image.manifest, oci::kMaxDocumentBytes),
                         "index " + image.manifest.digest.text());
    for (const oci::Descriptor& entry : index.manifests)
      if (entry.digest == *wanted.digest) return FoundImage{wanted.text(), FoundBy::digest, entry};
  }
  return std::nullopt;
}

/// The name that the user may have meant: the same image with another tag or in another registry,
/// else one that is spelled much like it; or empty.
std::string near_name(const std::vector<std::string>& names, const Reference& wanted) {
  for (const std::string& name : names)
    if (name.starts_with(wanted.name() + ":")) return name;
  for (const std::string& name : names)
    if (name.ends_with(fmt::format("/{}:{}", wanted.repository, wanted.tag))) return name;
  std::vector<std::string_view> repositories;
  for (const std::string_view name : names) {
    const std::size_t begin = name.find('/') + 1;
    repositories.push_back(name.substr(begin, name.find_first_of(":@", begin) - begin));
  }
  const std::string_view near = nearest(wanted.repository, repositories);
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!near.empty() && repositories[i] == near) return names[i];
  return {};
}

/// What to do about a word that names nothing.
std::string hint_for(store::LayoutStore& store, std::string_view word) {
  if (is_digest(word) || is_id_word(word))
    return "Run 'modulah images --digests' to list the images.";
  std::vector<std::string> names;
  for (const store::StoredImage& image : store.images())
    names.insert(names.end(), image.names.begin(), image.names.end());
  if (names.empty()) return "The store is empty: build or pull an image.";
  for (const Reference& wanted : candidates(word)) {
    const std::string near = near_name(names, wanted);
    if (!near.empty()) return fmt::format("Did you mean {}?", near);
  }
  return word.ends_with(".wasm") ? "There is no such file, either."
                                 : "Run 'modulah images' to list the images.";
}

}  // namespace

std::vector<std::string> candidate_names(std::string_view word) {
  std::vector<std::string> names;
  for (const Reference& reference : candidates(word)) names.push_back(reference.text());
  return names;
}

std::optional<FoundImage> find_image(store::LayoutStore& store, std::string_view word) {
  if ((word.starts_with(kDigestPrefix) && is_hex(word.substr(kDigestPrefix.size()))) ||
      is_id_word(word))
    return find_by_id(store, word);
  if (auto found = find_by_name(store, word)) return found;
  for (const Reference& reference : candidates(word))
    if (reference.digest)
      if (auto found = find_by_digest(store, reference)) return found;
  if (word.size() >= kMinId && is_hex(word)) return find_by_id(store, word);
  return std::nullopt;
}

FoundImage require_image(store::LayoutStore& store, std::string_view word) {
  if (auto found = find_image(store, word)) return std::move(*found);
  throw Error(ErrorKind::not_found, fmt::format("no image \"{}\" in the store", word),
              hint_for(store, word));
}

}  // namespace modulah::images
