// What the stages of a file are called, and which one a name means.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/containerfile/ast.h"
#include "modulah/containerfile/expander.h"

namespace modulah::containerfile {

/// The names of all stages. Several may have the same one.
class StageNames {
 public:
  /// `names` has one for each stage, in lower case, empty for a stage without a name.
  explicit StageNames(std::vector<std::string> names);

  /// The name of stage `number` (from 0), in lower case, or empty.
  [[nodiscard]] const std::string& of(std::size_t number) const { return names_.at(number); }
  [[nodiscard]] std::size_t size() const { return names_.size(); }
  /// The last stage before the one with number `end` that `text` means: its name, in any case, or
  /// its number. Takes no longer when there are more stages.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view text, std::size_t end) const;

 private:
  std::vector<std::string> names_;
  std::map<std::string, std::vector<std::size_t>, std::less<>> numbers_;  ///< Ascending.
};

/// Expands the names after AS with `globals`, the arguments before the first FROM. As buildah does:
/// BuildKit has no variables there. Throws Error: invalid, with place, for a name that is empty.
[[nodiscard]] StageNames name_stages(const File& file, const SourceText& source,
                                     const Lookup& globals);

}  // namespace modulah::containerfile
