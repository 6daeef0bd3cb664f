// "Did you mean …?": the known word that a misspelt one is nearest to.
#pragma once

#include <string_view>
#include <vector>

namespace modulah {

/// The one of `known` that is nearest to `text`, when it is near enough to be meant; else empty.
/// Case does not matter. Words of more than 40 characters have no nearest one.
[[nodiscard]] std::string_view nearest(std::string_view text,
                                       const std::vector<std::string_view>& known);

}  // namespace modulah
