// The "# check=" of a file and of the comments above its instructions, applied to findings.
#pragma once

#include <string_view>
#include <vector>

#include "modulah/validate/containerfile.h"

namespace modulah::validate {

/// The options in a comment "check=OPTIONS reason"; empty when it is another comment.
[[nodiscard]] std::string_view check_options_in(std::string_view comment);

/// All "# check=" of a file. Refers to nothing.
class CheckComments {
 public:
  /// Adds findings about the directives themselves: malformed ones, and names that no rule has.
  CheckComments(const ContainerfileFacts& facts, std::vector<Finding>& findings);

  /// Drops findings that are not to be reported, and turns warnings into errors.
  [[nodiscard]] std::vector<Finding> apply(std::vector<Finding> findings) const;

 private:
  struct Local {
    std::size_t first_line = 0;
    std::size_t last_line = 0;
    CheckOptions options;
  };
  void read_comments(const ContainerfileFacts& facts, std::vector<Finding>& findings,
                     const containerfile::Span& span,
                     const std::vector<containerfile::Text>& comments);
  void check_names(const RuleNames& rules, const std::string& subject,
                   const containerfile::Span& span, std::vector<Finding>& findings);
  [[nodiscard]] bool shows(const Finding& finding) const;

  CheckOptions global_;
  std::size_t unknown_names_ = 0;
  std::vector<Local> locals_;  ///< In the order of their lines.
};

}  // namespace modulah::validate
