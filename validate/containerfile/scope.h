// The variables that are known at a place of a Containerfile, as far as it can be told without
// building: a name may be declared and its value unknown, because it comes with --build-arg.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/containerfile/ast.h"
#include "modulah/oci/platform.h"

namespace modulah::validate {

class Scope {
 public:
  /// Declares a name. Without `value` its value is not known.
  void declare(const std::string& name, std::optional<std::string> value);
  /// From now on a name that is not declared may be set all the same, by the base image.
  void open() { is_open_ = true; }

  [[nodiscard]] bool is_open() const { return is_open_; }
  [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }
  [[nodiscard]] std::optional<std::string> value(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> names() const;

 private:
  std::map<std::string, std::optional<std::string>, std::less<>> values_;
  bool is_open_ = false;
};

/// What a text becomes.
struct Expansion {
  std::vector<std::string> words;      ///< One, unless it was to be split.
  bool is_known = true;                ///< No value that is not known went into it.
  std::vector<std::string> undefined;  ///< Names that are not declared, each once.
  std::string problem;                 ///< Why it cannot be expanded, or empty.

  /// The one word, when all of it is known.
  [[nodiscard]] std::optional<std::string> text() const;
};

enum class Splitting { no, yes };

/// Never throws for what is in `text`.
[[nodiscard]] Expansion expand(std::string_view text, const Scope& scope, char escape,
                               Splitting splitting = Splitting::no);
[[nodiscard]] Expansion expand(const containerfile::HereDocument& document, const Scope& scope);

/// Names that FROM may use without declaring them, and a stage after ARG NAME: TARGETPLATFORM and
/// the like.
[[nodiscard]] Scope automatic_scope(const oci::Platform& platform);

}  // namespace modulah::validate
