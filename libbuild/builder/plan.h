// What of a Containerfile is to be done: which stage, for which platform, in which steps. Pure:
// nothing is opened, so what cannot be done is known before anything was.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "modulah/base/error.h"
#include "modulah/containerfile/ast.h"
#include "modulah/containerfile/expander.h"
#include "modulah/oci/platform.h"

namespace modulah::builder {

/// Refers to the File it was made from, which must outlive it.
struct Plan {
  const containerfile::Stage* stage = nullptr;
  std::string stage_name;  ///< By which the user knows it: its alias, or its number from 0.
  std::optional<oci::Platform> platform;  ///< FROM --platform, when it has one.
  /// What keeps the stage from being built, in the order of the lines, each with place and excerpt:
  /// unsupported for RUN, for bases other than scratch, for files of other stages or images and for
  /// ADD from a URL; invalid for a base or platform that is malformed.
  std::vector<Error> problems;

  /// FROM and the instructions, for "STEP 1/n".
  [[nodiscard]] std::size_t step_count() const { return stage->instructions.size() + 1; }
};

/// What a plan depends on besides the Containerfile.
struct PlanOptions {
  std::string target;  ///< A stage's name or number; empty: the last.
  std::string from;    ///< What the first stage begins with instead of its FROM; empty: that.
};

/// Plans the stage that `options` name. `globals` gives the values of
/// global arguments and automatic variables, for FROM. Throws Error invalid when there is no such
/// stage.
[[nodiscard]] Plan make_plan(const containerfile::File& file,
                             const containerfile::SourceText& source, const PlanOptions& options,
                             const containerfile::Lookup& globals);

/// Whether ADD takes `word` for a URL.
[[nodiscard]] bool is_url(std::string_view word);
/// That ADD of the URL `word` is not supported.
[[nodiscard]] Error url_not_supported(const containerfile::SourceText& source,
                                      const containerfile::Span& span, std::string_view word);

}  // namespace modulah::builder
