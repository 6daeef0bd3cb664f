// Rules about a Containerfile: those of BuildKit, with its names, and those about Wasm.
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
#include "modulah/validate/check_options.h"
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

/// The options of --build-arg BUILDKIT_DOCKERFILE_CHECK, else of the file's "# check=". Throws
/// Error: invalid, with place, when they are malformed: the file cannot be built, because
/// it is not known which warnings are errors.
[[nodiscard]] CheckOptions check_options(const ContainerfileFacts& facts);

/// All findings in the order of their places, with "# check=" of the file applied.
/// Never throws for what is in the file.
[[nodiscard]] std::vector<Finding> check_containerfile(const ContainerfileFacts& facts);

/// Findings about a file with syntax errors: those, one for each of ParseResult::errors and with
/// its excerpt, and the parser's warnings. `facts` is made of `parsed`. Other rules do not
/// apply, because half a file misleads them.
[[nodiscard]] std::vector<Finding> check_syntax(const ContainerfileFacts& facts,
                                                const containerfile::ParseResult& parsed);

/// Applies "# check=" of the file to findings about an image that was built from it.
[[nodiscard]] std::vector<Finding> apply_check_directive(const ContainerfileFacts& facts,
                                                         std::vector<Finding> findings);

}  // namespace modulah::validate
