// The marker file of a layout, and names in its index.
#include "modulah/image/layout_format.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/base/json.h"
#include "modulah/oci/reference.h"

namespace modulah::image {

namespace {

std::string annotation(const oci::Descriptor& entry, std::string_view key) {
  const auto found = entry.annotations.find(std::string(key));
  return found == entry.annotations.end() ? std::string() : found->second;
}

/// A complete reference, or empty when `name` is malformed.
std::string completed(std::string_view name) {
  try {
    return oci::Reference::parse(name, oci::Reference::Defaults::local).text();
  } catch (const Error&) {
    return {};
  }
}

[[noreturn]] void throw_ambiguous(const std::vector<const oci::Descriptor*>& found,
                                  std::string_view name, std::string_view what) {
  if (!name.empty())
    throw Error(ErrorKind::invalid,
                fmt::format("{} has {} images of the name \"{}\"", what, found.size(), name),
                "Name one by its digest.");
  std::string names;
  for (const oci::Descriptor* entry : found) {
    const std::string_view own = ref_name(*entry);
    names +=
        fmt::format("{}{}", names.empty() ? "" : ", ", own.empty() ? entry->digest.text() : own);
    if (names.size() > 300) {
      names += ", …";
      break;
    }
  }
  throw Error(ErrorKind::invalid,
              fmt::format("{} has {} images, and none was named", what, found.size()),
              fmt::format("Name one of {}.", names));
}

}  // namespace

std::string blob_path(const oci::Digest& digest) {
  return fmt::format("blobs/sha256/{}", digest.hex());
}

void check_layout_marker(std::string_view text, std::string_view what) {
  const nlohmann::json marker = parse_json<nlohmann::json>(text);
  const bool is_marker = marker.is_object() && marker.contains("imageLayoutVersion") &&
                         marker["imageLayoutVersion"].is_string();
  if (!is_marker)
    throw Error(
        ErrorKind::invalid, fmt::format("{} has no imageLayoutVersion", what),
        "An OCI image layout has a file oci-layout with {\"imageLayoutVersion\":\"1.0.0\"}.");
  const auto& version = marker["imageLayoutVersion"].get_ref<const std::string&>();
  if (!version.starts_with("1."))
    throw Error(ErrorKind::unsupported,
                fmt::format("{} has the imageLayoutVersion \"{}\", not 1.0.0", what, version));
}

std::string_view ref_name(const oci::Descriptor& entry) {
  const auto found = entry.annotations.find(std::string(kRefName));
  return found == entry.annotations.end() ? std::string_view() : std::string_view(found->second);
}

std::string full_name(const oci::Descriptor& entry) {
  std::string name = completed(annotation(entry, kFullName));
  if (name.empty() && ref_name(entry).find_first_of("/:") != std::string_view::npos)
    name = completed(ref_name(entry));
  return name;
}

oci::Descriptor named_entry(oci::Descriptor manifest, std::string_view full_name) {
  if (!full_name.empty())
    manifest.annotations.insert_or_assign(std::string(kFullName), std::string(full_name));
  return manifest;
}

oci::Descriptor without_names(oci::Descriptor entry) {
  entry.annotations.erase(std::string(kRefName));
  entry.annotations.erase(std::string(kFullName));
  return entry;
}

std::optional<oci::Descriptor> find_entry(const std::vector<oci::Descriptor>& entries,
                                          std::string_view name, std::string_view what) {
  std::vector<const oci::Descriptor*> found;
  const auto add_if = [&](auto&& fits) {
    for (const oci::Descriptor& entry : entries) {
      const bool is_known = std::any_of(found.begin(), found.end(), [&](const auto* other) {
        return other->digest == entry.digest;
      });
      if (!is_known && fits(entry)) found.push_back(&entry);
    }
  };
  add_if([&](const auto& entry) {
    return name.empty() || ref_name(entry) == name || entry.digest.text() == name;
  });
  if (found.empty())
    if (const std::string full = completed(name); !full.empty())
      add_if([&](const auto& entry) { return full_name(entry) == full; });
  if (found.empty()) return std::nullopt;
  if (found.size() > 1) throw_ambiguous(found, name, what);
  return without_names(*found.front());
}

}  // namespace modulah::image
