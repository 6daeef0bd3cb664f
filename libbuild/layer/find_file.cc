// One file out of layers, without unpacking them.
//
// Layers are looked through from the top. Each says one of four things about a path: here it is;
// look elsewhere (it, or a directory on the way to it, is a link); it is gone (a whiteout, or a
// file where a directory would have to be); or nothing, then the layer below is asked.
//
// When it is elsewhere, looking on by itself would read all layers once for each link. So then they
// are read once into a Tree, which knows where all links lead, and the layer with the bytes once
// more.
#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/layer/path.h"
#include "modulah/layer/tree.h"
#include "modulah/layer/unpack.h"

namespace modulah::layer {

namespace {

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

/// Where a file's bytes are: in which layer, and as which of its entries.
struct Place {
  std::size_t layer = 0;
  std::uint64_t number = 0;
};

/// The path that a hard link leads to, without symlinks among its parents.
std::string target_of(const Tree& tree, const Entry& link) {
  const std::string parent = tree.resolve(parent_of(link.link_target));
  const std::string_view name = name_of(link.link_target);
  return parent == "." ? std::string(name) : fmt::format("{}/{}", parent, name);
}

/// All layers' names, and where the bytes of each file are.
class Places {
 public:
  Places(oci::BlobReader& from, std::span<const oci::Descriptor> layers) {
    for (std::size_t layer = 0; layer < layers.size(); ++layer) {
      TarReader reader(from, layers[layer]);
      tree_.begin_layer();
      for (std::uint64_t number = 0; const std::optional<Entry> entry = reader.next(); ++number)
        add(*entry, {layer, number});
    }
  }

  /// Nothing when `path` does not lead to a file. Throws Error invalid for a loop of links.
  [[nodiscard]] std::optional<Place> find(std::string_view path) const {
    const std::optional<TreeEntry> entry = tree_.find(path);
    const std::string resolved = tree_.resolve(path);
    if (!entry || entry->type != EntryType::file) return std::nullopt;
    const auto found = places_.find(resolved);
    return found == places_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  void add(const Entry& entry, Place place) {
    if (entry.type == EntryType::hardlink && !whiteout_of(entry.path)) {
      // Asked before the link takes a name, which may be that of what it leads through.
      const auto linked = places_.find(target_of(tree_, entry));
      const std::optional<Place> bytes =
          linked == places_.end() ? std::nullopt : std::optional(linked->second);
      const std::string path = tree_.apply(entry);
      if (bytes) places_.insert_or_assign(path, *bytes);
      return;
    }
    const std::string path = tree_.apply(entry);
    if (entry.type == EntryType::file) places_.insert_or_assign(path, place);
  }

  Tree tree_;
  std::map<std::string, Place> places_;  ///< Those of files that are gone count no more.
};

FoundFile read_at(oci::BlobReader& from, const oci::Descriptor& blob, std::uint64_t number,
                  std::uint64_t max_bytes) {
  TarReader layer(from, blob);
  std::optional<FoundFile> found;
  for (std::uint64_t at = 0; const std::optional<Entry> entry = layer.next(); ++at)
    if (at == number)
      found = FoundFile{entry->path, *entry, read_content(layer, *entry, max_bytes)};
  if (!found)
    throw Error(ErrorKind::corrupt,
                fmt::format("layer {} changed while it was read", blob.digest.text()));
  return std::move(*found);
}

}  // namespace

std::optional<FoundFile> find_file(oci::BlobReader& from, std::span<const oci::Descriptor> layers,
                                   std::string_view path, std::uint64_t max_bytes) {
  const std::string wanted = follow("", path, "");
  bool is_elsewhere = false;
  for (auto layer = layers.rbegin(); layer != layers.rend() && !is_elsewhere; ++layer) {
    Finding finding = look(from, *layer, wanted, max_bytes);
    if (finding.file) return std::move(finding.file);
    is_elsewhere = finding.elsewhere.has_value();
    if (!is_elsewhere && (finding.is_gone || finding.is_none)) return std::nullopt;
  }
  if (!is_elsewhere) return std::nullopt;
  const std::optional<Place> place = Places(from, layers).find(wanted);
  if (!place) return std::nullopt;
  return read_at(from, layers[place->layer], place->number, max_bytes);
}

}  // namespace modulah::layer
