// The table of places, and reading one.
#include "modulah/image/place.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "modulah/base/error.h"

namespace modulah::image {

namespace {

constexpr std::array<PlaceRow, 10> kTable = {{
    // kind, prefix, operand, can_read, can_write, holds_several
    {PlaceKind::registry, "docker://", "NAME[:TAG]", true, true, true},
    {PlaceKind::oci_directory, "oci:", "DIR[:NAME]", true, true, true},
    {PlaceKind::oci_archive, "oci-archive:", "FILE[:NAME]", true, true, true},
    {PlaceKind::docker_archive, "docker-archive:", "FILE[:NAME]", true, true, true},
    {PlaceKind::docker_directory, "dir:", "DIR", true, true, false},
    {PlaceKind::other, "containers-storage:", "NAME", false, false, true},
    {PlaceKind::other, "docker-daemon:", "NAME", false, false, true},
    {PlaceKind::other, "ostree:", "NAME", false, false, true},
    {PlaceKind::other, "sif:", "FILE", false, false, false},
    {PlaceKind::other, "tarball:", "FILE", false, false, false},
}};

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// The grammar of the annotation org.opencontainers.image.ref.name: components between slashes; a
/// component is letters and digits with single separators, or "--", between them.
/// https://github.com/opencontainers/image-spec/blob/v1.1.0/annotations.md
bool is_ref_name(std::string_view name) {
  constexpr std::string_view kSeparators = "-._:@+/";
  char last = '/';
  char before_last = '/';
  for (const char c : name) {
    const bool is_second_dash = c == '-' && last == '-' && is_alphanumeric(before_last);
    if (!is_alphanumeric(c) && (kSeparators.find(c) == std::string_view::npos ||
                                (!is_alphanumeric(last) && !is_second_dash)))
      return false;
    before_last = last;
    last = c;
  }
  return is_alphanumeric(last);
}

bool can(const PlaceRow& row, PlaceUse use) {
  return use == PlaceUse::read ? row.can_read : row.can_write;
}

/// "docker://NAME[:TAG], oci:DIR[:NAME] and oci-archive:FILE[:NAME]".
std::string supported_places(PlaceUse use) {
  std::vector<std::string> places;
  for (const PlaceRow& row : kTable)
    if (can(row, use)) places.push_back(fmt::format("{}{}", row.prefix, row.operand));
  const std::string last = places.back();
  places.pop_back();
  return fmt::format("{} and {}", fmt::join(places, ", "), last);
}

}  // namespace

std::span<const PlaceRow> place_table() { return kTable; }

const PlaceRow& row_of(PlaceKind kind) {
  return *std::find_if(kTable.begin(), kTable.end(),
                       [&](const PlaceRow& row) { return row.kind == kind; });
}

std::optional<Place> parse_place(std::string_view text, PlaceUse use) {
  const auto* row = std::find_if(kTable.begin(), kTable.end(),
                                 [&](const PlaceRow& one) { return text.starts_with(one.prefix); });
  if (row == kTable.end()) return std::nullopt;
  if (!can(*row, use))
    throw Error(ErrorKind::usage,
                fmt::format("\"{}\": {} \"{}\" is not supported", text,
                            use == PlaceUse::read ? "reading from" : "writing to", row->prefix),
                fmt::format("Supported are {}.", supported_places(use)));
  Place place;
  place.kind = row->kind;
  const std::string_view rest = text.substr(row->prefix.size());
  if (place.kind == PlaceKind::registry) {
    place.name = rest;
    return place;
  }
  const bool has_name = place.kind != PlaceKind::docker_directory;
  const std::size_t colon = has_name ? rest.find(':') : std::string_view::npos;
  place.path = rest.substr(0, colon);
  if (place.path.empty())
    throw Error(ErrorKind::usage, fmt::format("\"{}\" has no path", text),
                fmt::format("Write {}{}.", row->prefix, row->operand));
  if (colon == std::string_view::npos) return place;
  place.name = rest.substr(colon + 1);
  if (!is_ref_name(place.name))
    throw Error(ErrorKind::usage,
                fmt::format("\"{}\" has the name \"{}\", which is not allowed", text, place.name),
                "A name is letters and digits with single - . _ : @ + / between them.");
  return place;
}

}  // namespace modulah::image
