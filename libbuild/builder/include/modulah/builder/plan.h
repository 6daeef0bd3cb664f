// What of a Containerfile is to be done: which stage, on what, in which steps. Pure: nothing is
// opened, so what cannot be done is said before anything was.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "modulah/containerfile/ast.h"
#include "modulah/containerfile/expander.h"

namespace modulah::builder {

/// Refers to the File it was made of, which must outlive it.
struct Plan {
  const containerfile::Stage* stage = nullptr;
  std::string stage_name;  ///< By which the user knows it: its alias, or its number from 0.
  /// FROM and the instructions, for "STEP 1/n".
  [[nodiscard]] std::size_t step_count() const { return stage->instructions.size() + 1; }
};

/// Plans the stage `target` (a name or a number; empty: the last). `globals` gives the values of
/// global arguments and automatic variables, for FROM. Throws Error with place and excerpt: invalid
/// when there is no such stage; unsupported, with the reason, for RUN, for other bases than
/// scratch, for files of other stages or images, and for ADD from a URL.
[[nodiscard]] Plan make_plan(const containerfile::File& file,
                             const containerfile::SourceText& source, const std::string& target,
                             const containerfile::Lookup& globals);

}  // namespace modulah::builder
