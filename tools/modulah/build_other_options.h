// The options of buildah, podman and docker for a build that modulah does not have, as a table: the
// ones that cannot change the image are accepted, so that scripts go on working; the others are
// refused, so that nobody gets another image than the one that was asked for.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <CLI/CLI.hpp>

namespace modulah::cli {

struct OtherOption {
  enum class Kind : std::uint8_t {
    flag,   ///< "--name" or "--name=VALUE".
    value,  ///< "--name VALUE", any number of times.
  };
  enum class Answer : std::uint8_t {
    accepted,
    refused,
    refused_unless_false,  ///< "--name=false" asks for what there is anyway.
  };
  std::string_view names;  ///< As CLI11 has them: "-v,--volume".
  Kind kind;
  Answer answer;
  /// Accepted: why it cannot change the image. Refused: what is not supported. Follows a colon.
  std::string_view reason;
  std::string_view hint;         ///< What to do instead, a full sentence; only of those refused.
  std::string_view values = {};  ///< The values that there are, with commas; empty: any.
};

/// All of them, by name.
[[nodiscard]] std::span<const OtherOption> other_build_options();

/// Adds them to `app`, without help. Parsing throws Error usage for those that are refused.
void add_other_build_options(CLI::App& app);

}  // namespace modulah::cli
