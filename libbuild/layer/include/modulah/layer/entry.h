// What a layer is made of: tar entries, and names that mean "this is gone".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "modulah/image/tar.h"

namespace modulah::layer {

using EntryType = image::EntryType;
/// A file, directory or link of a layer, without its content.
using Entry = image::TarEntry;

/// What an entry's last name says about the layers below.
/// https://github.com/opencontainers/image-spec/blob/v1.1.0/layer.md#whiteouts
struct Whiteout {
  enum class Kind {
    name,      ///< ".wh.NAME": NAME of this directory is gone.
    directory  ///< ".wh..wh..opq": all that lower layers have in this directory is gone.
  };
  Kind kind = Kind::name;
  std::string path;  ///< What is gone, or the directory whose lower content is gone.
};

/// The whiteout that the entry at `path` is, or nothing when it is an ordinary file.
/// Throws Error invalid for ".wh." alone.
[[nodiscard]] std::optional<Whiteout> whiteout_of(std::string_view path);

/// The path of the entry that makes `path` be gone: "a/b" gives "a/.wh.b".
[[nodiscard]] std::string whiteout_path(std::string_view path);

}  // namespace modulah::layer
