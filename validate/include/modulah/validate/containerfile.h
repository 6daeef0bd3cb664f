// Rules about a Containerfile: BuildKit's, under its names, and those about Wasm.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "modulah/containerfile/ast.h"
#include "modulah/containerfile/ignore.h"
#include "modulah/containerfile/parser.h"
#include "modulah/containerfile/source.h"
#include "modulah/oci/platform.h"
#include "modulah/validate/finding.h"

namespace modulah::validate {

/// What the rules look at. All that is referred to must outlive the call.
struct ContainerfileFacts {
  const containerfile::File& file;
  const containerfile::SourceText& source;
  std::span<const containerfile::Warning> warnings = {};  ///< What the parser said.
  const containerfile::IgnoreRules* ignore = nullptr;     ///< Null: no ignore file is known.
  std::map<std::string, std::string> build_args = {};     ///< Values of --build-arg.
  oci::Platform platform = {"wasi", "wasm", {}, {}, {}};  ///< The one it is built for.
};

/// All findings in the order of their places, with what "# check=" in the file makes of them.
/// Never throws for what is in the file.
[[nodiscard]] std::vector<Finding> check_containerfile(const ContainerfileFacts& facts);

/// What the file's "# check=skip=NAME,…;error=true" (or --build-arg BUILDKIT_DOCKERFILE_CHECK)
/// makes of findings: drops those that it skips and, with error=true, makes errors of warnings.
/// For findings about an image that was built from the file.
[[nodiscard]] std::vector<Finding> apply_check_directive(const ContainerfileFacts& facts,
                                                         std::vector<Finding> findings);

}  // namespace modulah::validate
