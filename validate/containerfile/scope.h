// The variables that are known at a place of a Containerfile, as far as this is possible without
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

/// Changes can be taken back, so that a stage can be looked at in the scope of its base without a
/// copy of that.
class Scope {
 public:
  /// Declares a name. Without `value` its value is not known.
  void declare(const std::string& name, std::optional<std::string> value);
  /// When open, a name that is not declared may be set all the same, by the base image.
  void set_open(bool is_open) { is_open_ = is_open; }

  /// A place in the history of declarations, for undo_to().
  [[nodiscard]] std::size_t mark() const { return history_.size(); }
  /// Takes back the declarations since `mark`.
  void undo_to(std::size_t mark);

  [[nodiscard]] bool is_open() const { return is_open_; }
  [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }
  [[nodiscard]] std::optional<std::string> value(std::string_view name) const;
  /// At most 1000 of the names, for hints.
  [[nodiscard]] std::vector<std::string_view> names() const;

 private:
  using Value = std::optional<std::string>;
  struct Change {
    std::string name;
    std::optional<Value> before;  ///< Nothing: it was not declared.
  };
  std::map<std::string, Value, std::less<>> values_;
  std::vector<Change> history_;
  bool is_open_ = false;
};

/// What a text becomes.
struct Expansion {
  std::vector<std::string> words;      ///< One, unless it was to be split.
  bool is_known = true;                ///< No value that is not known went into it.
  std::vector<std::string> undefined;  ///< Names that are not declared, each once.
  std::vector<std::string> used;       ///< Names that are declared or may be set, in order.
  std::string problem;                 ///< Why it cannot be expanded, or empty.

  /// The one word, when all of it is known.
  [[nodiscard]] std::optional<std::string> text() const;
};

enum class Splitting { no, yes };

struct RuleRun;

/// Never throws for what is in `text`. Once the budget for expansions is exhausted, which is the
/// `problem` of one Expansion, nothing is known of the others.
[[nodiscard]] Expansion expand(const RuleRun& run, std::string_view text, const Scope& scope,
                               Splitting splitting = Splitting::no);
[[nodiscard]] Expansion expand(const RuleRun& run, const containerfile::HereDocument& document,
                               const Scope& scope);

/// What FROM can use: automatic names and the ARGs before it, with the values of --build-arg.
[[nodiscard]] Scope global_scope(const RuleRun& run);
/// The same as a build without --build-arg has it: what has no value is empty.
[[nodiscard]] Scope default_scope(const RuleRun& run);
/// Adds the findings about the variables of a word of FROM: UndefinedArgInFrom, InvalidVariable.
void check_from_variables(const RuleRun& run, const containerfile::Text& text,
                          const Expansion& expansion, const Scope& scope);

/// Names that FROM may use without declaring them, and a stage after ARG NAME: TARGETPLATFORM and
/// the like.
[[nodiscard]] Scope automatic_scope(const oci::Platform& platform);

}  // namespace modulah::validate
