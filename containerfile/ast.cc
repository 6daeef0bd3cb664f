// What the tree says about itself.
#include "modulah/containerfile/ast.h"

namespace modulah::containerfile {

std::string HereDocument::content() const {
  if (!strips_tabs) return lines;
  std::string result;
  bool is_at_start = true;
  for (const char c : lines) {
    if (is_at_start && c == '\t') continue;
    is_at_start = c == '\n';
    result += c;
  }
  return result;
}

std::string_view name_of(const Instruction& instruction) {
  struct Name {
    std::string_view operator()(const Add&) const { return "ADD"; }
    std::string_view operator()(const Copy&) const { return "COPY"; }
    std::string_view operator()(const Run&) const { return "RUN"; }
    std::string_view operator()(const Env&) const { return "ENV"; }
    std::string_view operator()(const Label&) const { return "LABEL"; }
    std::string_view operator()(const Arg&) const { return "ARG"; }
    std::string_view operator()(const Cmd&) const { return "CMD"; }
    std::string_view operator()(const Entrypoint&) const { return "ENTRYPOINT"; }
    std::string_view operator()(const Workdir&) const { return "WORKDIR"; }
    std::string_view operator()(const User&) const { return "USER"; }
    std::string_view operator()(const Expose&) const { return "EXPOSE"; }
    std::string_view operator()(const Volume&) const { return "VOLUME"; }
    std::string_view operator()(const StopSignal&) const { return "STOPSIGNAL"; }
    std::string_view operator()(const Healthcheck&) const { return "HEALTHCHECK"; }
    std::string_view operator()(const Shell&) const { return "SHELL"; }
    std::string_view operator()(const OnBuild&) const { return "ONBUILD"; }
    std::string_view operator()(const Maintainer&) const { return "MAINTAINER"; }
  };
  return std::visit(Name{}, instruction.value);
}

}  // namespace modulah::containerfile
