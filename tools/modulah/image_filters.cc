// --filter of `images` and `prune`, as podman has it.
#include <algorithm>
#include <charconv>
#include <ctime>
#include <map>
#include <optional>

#include <fnmatch.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/images/find_image.h"

#include "image_list.h"
#include "options.h"

namespace modulah::cli {

namespace {

/// A filter, read: "label=a=b" has the key "label" and the value "a=b".
struct Filter {
  std::string key;
  std::string value;
  std::string text;
};

Filter parse_filter(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals + 1 == text.size())
    throw Error(ErrorKind::usage, fmt::format("filter \"{}\" is not KEY=VALUE", text));
  Filter filter{text.substr(0, equals), text.substr(equals + 1), text};
  // podman's other name for it.
  if (filter.key == "after") filter.key = "since";
  return filter;
}

bool parse_truth(const Filter& filter) {
  if (filter.value == "true" || filter.value == "1") return true;
  if (filter.value == "false" || filter.value == "0") return false;
  throw Error(ErrorKind::usage,
              fmt::format("filter \"{}\" is neither true nor false", filter.text));
}

bool has_label(const ListedImage& image, const std::string& wanted) {
  const std::size_t equals = wanted.find('=');
  const auto& labels = image.config.config.labels;
  const auto found = labels.find(wanted.substr(0, equals));
  if (found == labels.end()) return false;
  return equals == std::string::npos || found->second == wanted.substr(equals + 1);
}

bool has_prefix(const oci::Digest& digest, const std::string& prefix) {
  return digest.hex().starts_with(prefix) || digest.text().starts_with(prefix);
}

/// What the filters of one key exclude. One of the values has to match; of labels, all.
class Matcher {
 public:
  Matcher(store::LayoutStore& store, std::int64_t now, const std::vector<ListedImage>& all)
      : store_(store), now_(now), all_(all) {}

  [[nodiscard]] bool matches(const ListedImage& image, const Filter& filter) const {
    if (filter.key == "dangling") return image.stored.names.empty() == parse_truth(filter);
    if (filter.key == "label") return has_label(image, filter.value);
    if (filter.key == "label!") return !has_label(image, filter.value);
    if (filter.key == "id") return has_prefix(image.id(), filter.value);
    if (filter.key == "digest") return has_prefix(image.stored.manifest.digest, filter.value);
    if (filter.key == "until")
      return image.stored.added < parse_time(filter.value, now_) * 1'000'000'000;
    // They are in order: the last one added comes first.
    const std::size_t own = place_of(image.stored.manifest.digest);
    const std::size_t other = place_of(images::require_image(store_, filter.value).manifest.digest);
    return filter.key == "before" ? own > other : own < other;
  }

 private:
  std::size_t place_of(const oci::Digest& manifest) const {
    const auto found = std::find_if(all_.begin(), all_.end(), [&](const ListedImage& image) {
      return image.stored.manifest.digest == manifest;
    });
    return static_cast<std::size_t>(found - all_.begin());
  }

  store::LayoutStore& store_;
  const std::int64_t now_;
  const std::vector<ListedImage>& all_;
};

/// Takes off names that no pattern matches, and takes out images that had only such.
void keep_references(const std::vector<Filter>& filters, std::vector<ListedImage>& images) {
  const auto is_wanted = [&](const std::string& name) {
    return std::any_of(filters.begin(), filters.end(),
                       [&](const Filter& one) { return matches_name(one.value, name); });
  };
  for (ListedImage& image : images)
    std::erase_if(image.stored.names, [&](const auto& name) { return !is_wanted(name); });
  std::erase_if(images, [](const ListedImage& image) { return image.stored.names.empty(); });
}

bool is_known(const std::string& key) {
  constexpr std::string_view kKeys[] = {"before", "dangling", "digest",    "id",   "label",
                                        "label!", "since",    "reference", "until"};
  return std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
}

/// "2026-11-25T10:00:00Z", "2026-11-25T10:00:00", "2026-11-25", in UTC.
std::optional<std::int64_t> parse_date(const std::string& text) {
  for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
    std::tm parts{};
    const char* rest = strptime(text.c_str(), format, &parts);
    if (rest == nullptr) continue;
    if (*rest == '\0' || std::string_view(rest) == "Z") return std::int64_t{timegm(&parts)};
  }
  return std::nullopt;
}

/// "1h30m" in seconds, as Go writes durations.
std::optional<std::int64_t> parse_duration_text(std::string_view text) {
  double seconds = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    constexpr std::pair<std::string_view, double> kUnits[] = {
        {"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}};
    const auto* unit = std::find_if(std::begin(kUnits), std::end(kUnits),
                                    [&](const auto& one) { return text.starts_with(one.first); });
    if (unit == std::end(kUnits)) return std::nullopt;
    text.remove_prefix(unit->first.size());
    seconds += number * unit->second;
  }
  return seconds < 1e12 ? std::optional(static_cast<std::int64_t>(seconds)) : std::nullopt;
}

}  // namespace

std::int64_t parse_time(std::string_view text, std::int64_t now) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size() && seconds >= 0 &&
      seconds < 1'000'000'000'000)
    return seconds;
  if (const auto date = parse_date(std::string(text))) return *date;
  if (const auto duration = parse_duration_text(text)) return now - *duration;
  throw Error(ErrorKind::usage, fmt::format("\"{}\" is not a time", text),
              "Give a duration such as 24h, a date such as 2026-11-25 or "
              "2026-11-25T10:00:00Z, or seconds since 1970.");
}

bool matches_name(const std::string& pattern, const std::string& name) {
  const NameParts parts = split_name(name);
  for (const std::string& whole : {name, parts.repository})
    for (std::size_t at = 0; at != std::string::npos; at = whole.find('/', at)) {
      at += at == 0 ? 0 : 1;
      if (fnmatch(pattern.c_str(), whole.c_str() + at, FNM_PATHNAME) == 0) return true;
    }
  return false;
}

void apply_filters(store::LayoutStore& store, std::span<const std::string> filters,
                   std::int64_t now, std::vector<ListedImage>& images) {
  std::map<std::string, std::vector<Filter>> by_key;
  for (const std::string& text : filters) {
    Filter filter = parse_filter(text);
    if (!is_known(filter.key))
      throw Error(ErrorKind::usage, fmt::format("unknown filter \"{}\"", filter.key),
                  fmt::format("The filters are {}.", kImageFilters));
    by_key[filter.key].push_back(std::move(filter));
  }
  const std::vector<ListedImage> all =
      by_key.empty() ? std::vector<ListedImage>() : list_images(store);
  const Matcher matcher(store, now, all);
  for (const auto& of_key : by_key) {
    const std::string& key = of_key.first;
    const std::vector<Filter>& same = of_key.second;
    if (key == "reference") {
      keep_references(same, images);
      continue;
    }
    // Evaluated once without any image, so that a malformed value is an error in an empty store.
    for (const Filter& filter : same) {
      if (key == "dangling") (void)parse_truth(filter);
      if (key == "until") (void)parse_time(filter.value, now);
      if (key == "before" || key == "since") (void)images::require_image(store, filter.value);
    }
    const bool needs_all = key.starts_with("label");
    std::erase_if(images, [&](const ListedImage& image) {
      const auto matches = [&](const Filter& one) { return matcher.matches(image, one); };
      return needs_all ? !std::all_of(same.begin(), same.end(), matches)
                       : std::none_of(same.begin(), same.end(), matches);
    });
  }
}

}  // namespace modulah::cli
