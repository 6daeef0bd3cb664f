// Draws images as trees.
#include "image_tree.h"

#include <algorithm>

#include <fmt/format.h>

#include "modulah/base/human.h"
#include "modulah/base/text.h"

namespace modulah::cli {

namespace {

constexpr std::string_view kBranch = "├── ";
constexpr std::string_view kLastBranch = "└── ";
constexpr std::string_view kTrunk = "│   ";
constexpr std::string_view kNoTrunk = "    ";
constexpr std::size_t kDrawnColumns = 4;  ///< Of each of these, which have more bytes.

/// A line of the tree; `depth` branches are drawn before its name.
struct Line {
  std::string drawn;
  std::size_t depth = 0;
  std::string name;
  std::string digest;
  std::string size;
};

class Tree {
 public:
  explicit Tree(bool is_truncated) : is_truncated_(is_truncated) {}

  void add(const ListedImage& image) {
    std::string name = fmt::format("{}", fmt::join(image.stored.names, ", "));
    if (name.empty()) name = "<none>";
    const bool is_single = !image.is_index && image.platforms.size() == 1;
    if (is_single && !image.platforms.front().platform.empty())
      name += fmt::format(" ({})", image.platforms.front().platform);
    lines_.push_back({"", 0, printable(name), text_of(image.id()), human_size(image.stored.size)});
    if (is_single) return add_layers("", image.platforms.front());
    for (std::size_t i = 0; i < image.platforms.size(); ++i) {
      const PlatformImage& platform = image.platforms[i];
      const bool is_last = i + 1 == image.platforms.size();
      lines_.push_back({std::string(is_last ? kLastBranch : kBranch), 1,
                        platform.platform.empty() ? "unknown" : printable(platform.platform),
                        text_of(platform.manifest.digest),
                        platform.is_stored ? human_size(platform.size) : "not stored"});
      add_layers(is_last ? kNoTrunk : kTrunk, platform);
    }
  }

  [[nodiscard]] std::string text() const {
    std::size_t names = 0;
    std::size_t digests = 0;
    for (const Line& line : lines_) {
      names = std::max(names, kDrawnColumns * line.depth + line.name.size());
      digests = std::max(digests, line.digest.size());
    }
    std::string out;
    for (const Line& line : lines_)
      out += fmt::format("{}{:<{}}  {:<{}}  {}\n", line.drawn, line.name,
                         names - kDrawnColumns * line.depth, line.digest, digests, line.size);
    return out;
  }

 private:
  std::string text_of(const oci::Digest& digest) const {
    return is_truncated_ ? std::string(digest.short_hex()) : digest.text();
  }

  void add_layers(std::string_view trunk, const PlatformImage& image) {
    for (std::size_t i = 0; i < image.layers.size(); ++i) {
      const oci::Descriptor& layer = image.layers[i];
      const bool is_last = i + 1 == image.layers.size();
      lines_.push_back({fmt::format("{}{}", trunk, is_last ? kLastBranch : kBranch),
                        trunk.empty() ? std::size_t{1} : std::size_t{2}, "layer",
                        text_of(layer.digest), human_size(layer.size)});
    }
  }

  const bool is_truncated_;
  std::vector<Line> lines_;
};

}  // namespace

std::string image_tree(std::span<const ListedImage> images, bool is_truncated) {
  Tree tree(is_truncated);
  for (const ListedImage& image : images) tree.add(image);
  return tree.text();
}

}  // namespace modulah::cli
