// From Nodes to stages.
#include "modulah/containerfile/parser.h"

#include <fmt/format.h>

#include "characters.h"
#include "error_list.h"
#include "node_reader.h"
#include "typed.h"

namespace modulah::containerfile {

namespace {

/// Makes stages of nodes.
class StageReader {
 public:
  StageReader(const SourceText& source, File& file, ErrorList& errors)
      : source_(source), file_(file), errors_(errors) {}

  void take(Node& node) {
    const bool is_arg = node.keyword == "arg";
    const bool is_read = errors_.guard(node.span.line, [&] {
      if (node.keyword == "from")
        begin_stage(node);
      else
        add(to_instruction(source_, std::move(node)));
    });
    // After an instruction that may have been meant as FROM, and the first one that comes before
    // it, the others are not reported.
    if (!is_read && !is_arg && file_.stages.empty()) file_.stages.emplace_back();
  }

 private:
  void begin_stage(const Node& node) {
    // Also when it cannot be read: what follows belongs to it.
    file_.stages.emplace_back().from = to_from(source_, node);
  }

  void add(Instruction instruction) {
    if (!file_.stages.empty()) {
      file_.stages.back().instructions.push_back(std::move(instruction));
    } else if (std::holds_alternative<Arg>(instruction.value)) {
      file_.global_args.push_back(std::move(instruction));
    } else {
      throw error_at(source_, instruction.keyword.span,
                     fmt::format("{} before the first FROM", name_of(instruction)),
                     "Only ARG may come before FROM. Without a base image, write FROM scratch.");
    }
  }

  const SourceText& source_;
  File& file_;
  ErrorList& errors_;
};

}  // namespace

ParseResult parse_all(const SourceText& source) {
  ParseResult result;
  ErrorList errors;
  Nodes nodes = read_nodes(source, result.warnings, errors);
  result.file.directives = std::move(nodes.directives);
  StageReader stages(source, result.file, errors);
  for (Node& node : nodes.nodes)
    if (!errors.is_full()) stages.take(node);
  if (result.file.stages.empty() && errors.empty())
    errors.add(0, Error(ErrorKind::invalid, fmt::format("{}: there is no FROM", source.name()),
                        "Without a base image, write FROM scratch."));
  const std::size_t count = errors.count();
  result.errors = errors.take();
  result.further_errors = count - result.errors.size();
  return result;
}

std::vector<Error> errors_to_tell(const ParseResult& result) {
  std::vector<Error> errors = result.errors;
  if (result.further_errors != 0) {
    const std::size_t count = result.further_errors;
    const bool is_exact = errors.size() + count < kMaxCountedSyntaxErrors;
    errors.emplace_back(ErrorKind::invalid,
                        fmt::format("{}{} more error{} not shown", is_exact ? "" : "at least ",
                                    count, count == 1 ? " is" : "s are"),
                        "Fix the errors above first.");
  }
  return errors;
}

File parse(const SourceText& source, std::vector<Warning>* warnings) {
  ParseResult result = parse_all(source);
  if (warnings != nullptr)
    warnings->insert(warnings->end(), result.warnings.begin(), result.warnings.end());
  throw_together(errors_to_tell(result));
  return std::move(result.file);
}

Instruction parse_trigger(const SourceText& source) {
  Nodes nodes = parse_nodes(source);
  if (nodes.nodes.size() > 1)
    throw error_at(source, nodes.nodes[1].span, "there is more than one instruction");
  Node& node = nodes.nodes.front();
  if (node.keyword == "from" || node.keyword == "onbuild" || node.keyword == "maintainer")
    throw error_at(source, node.written.span,
                   fmt::format("{} is not allowed in ONBUILD", upper(node.keyword)));
  return to_instruction(source, std::move(node));
}

}  // namespace modulah::containerfile
