// Places that images are read from and written to, besides the local store: "oci:DIR[:NAME]",
// "docker://NAME" and the like, as podman, buildah and skopeo write them.
//
// All that differs between the kinds is in one table: how a place is written, whether images can be
// read from it and written to it, and how many it holds. Every command takes its words, and its
// refusals, from there.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace modulah::image {

enum class PlaceKind {
  registry,          ///< docker://NAME
  oci_directory,     ///< oci:DIR[:NAME]
  oci_archive,       ///< oci-archive:FILE[:NAME]
  docker_archive,    ///< docker-archive:FILE[:NAME]
  docker_directory,  ///< dir:DIR
  other,             ///< Known, and not supported: docker-daemon:, sif: and so on.
};

/// A line of the table.
struct PlaceRow {
  PlaceKind kind;
  std::string_view prefix;   ///< What a place begins with, e.g. "oci:".
  std::string_view operand;  ///< What follows, for messages, e.g. "DIR[:NAME]".
  bool can_read;
  bool can_write;
  bool holds_several;  ///< Several images with names of their own.
};
[[nodiscard]] std::span<const PlaceRow> place_table();
/// The line of a kind other than `other`.
[[nodiscard]] const PlaceRow& row_of(PlaceKind kind);

/// What a place is named for.
enum class PlaceUse { read, write };

struct Place {
  PlaceKind kind = PlaceKind::oci_directory;
  std::string path;  ///< Of a directory or file; never empty there. Empty for a registry.
  std::string name;  ///< Of a registry what follows "docker://"; else the image's name, or empty.

  [[nodiscard]] bool is_on_disk() const { return kind != PlaceKind::registry; }
  friend bool operator==(const Place&, const Place&) = default;
};

/// Reads a place; nothing when `text` begins with no prefix of the table, and so is a name or an
/// id. Throws Error usage when the place is not supported for this `use`, with those that are as a
/// hint, when the path is empty, or when the name is not one that the image-spec allows for
/// org.opencontainers.image.ref.name.
[[nodiscard]] std::optional<Place> parse_place(std::string_view text, PlaceUse use);

}  // namespace modulah::image
