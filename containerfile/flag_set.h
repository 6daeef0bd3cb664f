// The flags of one instruction, "--name=value", checked against those that it has.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "modulah/containerfile/parser.h"

namespace modulah::containerfile {

enum class FlagKind {
  boolean,  ///< "--name", "--name=true" or "--name=false".
  text,     ///< "--name=value", at most once.
  texts,    ///< The same, any number of times.
};

struct FlagDefinition {
  std::string_view name;  ///< Without "--".
  FlagKind kind;
};

class FlagSet {
 public:
  /// Reads the flags of `node`, which may have those of `known`. Both must outlive it.
  /// Throws Error: invalid, with place, for an unknown or repeated flag and a wrong value.
  FlagSet(const SourceText& source, const Node& node, std::span<const FlagDefinition> known);

  [[nodiscard]] std::optional<bool> boolean(std::string_view name) const;
  [[nodiscard]] std::optional<Text> text(std::string_view name) const;
  [[nodiscard]] std::vector<Text> texts(std::string_view name) const;

 private:
  struct Given {
    const FlagDefinition* definition;
    std::optional<Text> value;
    Span span;
  };
  [[nodiscard]] const FlagDefinition& find(const Text& flag, std::string_view name) const;
  void check(const Given& given) const;
  [[nodiscard]] const Given* given(std::string_view name) const;

  const SourceText& source_;
  const Node& node_;
  std::span<const FlagDefinition> known_;
  std::vector<Given> given_;
};

}  // namespace modulah::containerfile
