// One file out of layers, without unpacking them.
//
// Layers are looked through from the top. Each says one of four things about a path: here it is;
// look elsewhere (it, or a directory on the way to it, is a link); it is gone (a whiteout, or a
// file where a directory would have to be); or nothing, then the layer below is asked.
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/layer/unpack.h"

namespace modulah::layer {

namespace {

constexpr int kMaxLinks = 40;

/// What one layer says about a path.
struct Finding {
  std::optional<FoundFile> file;
  std::optional<std::string> elsewhere;  ///< The path to look for instead, from the root.
  bool is_gone = false;                  ///< Nothing below this layer counts.
  bool is_none = false;                  ///< There is something, but no file.
};

/// True when `directory` is on the way to `path`, but not `path` itself.
bool is_on_the_way(std::string_view directory, std::string_view path) {
  return directory == "." || (path.size() > directory.size() && path.starts_with(directory) &&
                              path[directory.size()] == '/');
}

/// The clean path a symlink at `link` leads to, and `rest` beneath it. ".." stops at the root.
std::string follow(std::string_view link, std::string_view target, std::string_view rest) {
  std::string path;
  const auto walk = [&](std::string_view text) {
    while (!text.empty()) {
      const std::size_t slash = std::min(text.find('/'), text.size());
      const std::string_view name = text.substr(0, slash);
      text.remove_prefix(std::min(slash + 1, text.size()));
      if (name.empty() || name == ".") continue;
      if (name == "..") {
        const std::size_t last = path.rfind('/');
        path.resize(last == std::string::npos ? 0 : last);
        continue;
      }
      if (!path.empty()) path += '/';
      path += name;
    }
  };
  const std::size_t slash = link.rfind('/');
  if (!target.starts_with('/') && slash != std::string_view::npos) walk(link.substr(0, slash));
  walk(target);
  walk(rest);
  return path.empty() ? "." : path;
}

std::string read_content(TarReader& layer, const Entry& entry, std::uint64_t max_bytes) {
  if (entry.size > max_bytes)
    throw Error(ErrorKind::invalid,
                fmt::format("file \"{}\" has {} bytes, more than the {} allowed", entry.path,
                            entry.size, max_bytes));
  std::string bytes(static_cast<std::size_t>(entry.size), '\0');
  std::span<std::byte> left = std::as_writable_bytes(std::span(bytes));
  while (!left.empty()) left = left.subspan(layer.read(left));
  return bytes;
}

/// The entry is the path itself.
void note_itself(TarReader& layer, const Entry& entry, std::uint64_t max_bytes, Finding& finding) {
  const bool is_gone = finding.is_gone;  // The lower layers stay hidden.
  finding = {};
  finding.is_gone = is_gone;
  if (entry.type == EntryType::file)
    finding.file = FoundFile{entry.path, entry, read_content(layer, entry, max_bytes)};
  else if (entry.type == EntryType::symlink)
    finding.elsewhere = follow(entry.path, entry.link_target, "");
  else if (entry.type == EntryType::hardlink)
    finding.elsewhere = entry.link_target;
  else
    finding.is_none = true;
}

/// The entry is a directory on the way to `path`, or takes the place of one.
void note_parent(const Entry& entry, std::string_view path, Finding& finding) {
  if (entry.type == EntryType::directory) return;
  if (entry.type == EntryType::symlink)
    finding.elsewhere = follow(entry.path, entry.link_target, path.substr(entry.path.size()));
  else
    finding.is_gone = true;
}

Finding look(oci::BlobReader& from, const oci::Descriptor& blob, std::string_view path,
             std::uint64_t max_bytes) {
  TarReader layer(from, blob);
  Finding finding;
  // To its end, always: a later entry of the same name wins, and the digest is checked there.
  while (const std::optional<Entry> entry = layer.next()) {
    if (const std::optional<Whiteout> whiteout = whiteout_of(entry->path)) {
      const bool is_name = whiteout->kind == Whiteout::Kind::name;
      if (is_on_the_way(whiteout->path, path) || (is_name && whiteout->path == path))
        finding.is_gone = true;
    } else if (entry->path == path) {
      note_itself(layer, *entry, max_bytes, finding);
    } else if (is_on_the_way(entry->path, path)) {
      note_parent(*entry, path, finding);
    }
  }
  return finding;
}

}  // namespace

std::optional<FoundFile> find_file(oci::BlobReader& from, std::span<const oci::Descriptor> layers,
                                   std::string_view path, std::uint64_t max_bytes) {
  std::string wanted = follow("", path, "");
  for (int links = 0; links <= kMaxLinks; ++links) {
    bool is_elsewhere = false;
    for (auto layer = layers.rbegin(); layer != layers.rend() && !is_elsewhere; ++layer) {
      Finding finding = look(from, *layer, wanted, max_bytes);
      if (finding.file) return std::move(finding.file);
      is_elsewhere = finding.elsewhere.has_value();
      if (is_elsewhere)
        wanted = *finding.elsewhere;
      else if (finding.is_gone || finding.is_none)
        return std::nullopt;
    }
    if (!is_elsewhere) return std::nullopt;
  }
  throw Error(
      ErrorKind::invalid,
      fmt::format("path \"{}\" has more than {} symbolic links on its way", path, kMaxLinks));
}

}  // namespace modulah::layer
