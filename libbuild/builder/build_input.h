// What a build and a check of a Containerfile begin with: the text, read; the scopes; the time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "modulah/builder/request.h"
#include "modulah/containerfile/ast.h"
#include "modulah/containerfile/ignore.h"
#include "modulah/containerfile/parser.h"
#include "modulah/containerfile/source.h"
#include "modulah/validate/containerfile.h"

#include "variables.h"

namespace modulah::builder {

/// The Containerfile and the ignore file of a request, which must outlive it.
class BuildInput {
 public:
  /// Throws Error invalid, with place, for an ignore file that cannot be read. The Containerfile
  /// may have errors, see `parsed`; then only `syntax_findings` may be called.
  explicit BuildInput(const BuildRequest& request);

  /// What there is to say about a Containerfile with errors.
  [[nodiscard]] std::vector<validate::Finding> syntax_findings() const;

  /// The platforms to build for, each once; at least one.
  [[nodiscard]] std::vector<oci::Platform> platforms() const;
  /// The global scope with the arguments before the first FROM.
  [[nodiscard]] GlobalScope global_scope(const oci::Platform& platform) const;
  /// What the rules about the Containerfile look at.
  [[nodiscard]] validate::ContainerfileFacts facts(const oci::Platform& platform) const;
  /// The time of all files and of the configuration, in seconds since 1970: the request's, else
  /// SOURCE_DATE_EPOCH of --build-arg or of an ARG before the first FROM, else 0.
  /// Throws Error invalid, with place, for a value that is not a time.
  [[nodiscard]] std::int64_t build_time(const GlobalScope& scope) const;

  const BuildRequest& request;
  const containerfile::SourceText source;
  const containerfile::ParseResult parsed;
  const containerfile::File& file = parsed.file;
  const containerfile::IgnoreRules ignore;
};

}  // namespace modulah::builder
