// From Nodes to stages.
#include "modulah/containerfile/parser.h"

#include <fmt/format.h>

#include "characters.h"
#include "typed.h"

namespace modulah::containerfile {

namespace {

void add_to_stage(const SourceText& source, Instruction instruction, File& file) {
  if (!file.stages.empty()) {
    file.stages.back().instructions.push_back(std::move(instruction));
  } else if (std::holds_alternative<Arg>(instruction.value)) {
    file.global_args.push_back(std::move(instruction));
  } else {
    throw error_at(source, instruction.keyword.span,
                   fmt::format("{} stands before the first FROM", name_of(instruction)),
                   "Only ARG may stand before FROM. Without a base image, write FROM scratch.");
  }
}

}  // namespace

File parse(const SourceText& source, std::vector<Warning>* warnings) {
  Nodes nodes = parse_nodes(source, warnings);
  File file;
  file.directives = std::move(nodes.directives);
  for (Node& node : nodes.nodes) {
    if (node.keyword != "from") {
      add_to_stage(source, to_instruction(source, std::move(node)), file);
      continue;
    }
    Stage stage;
    stage.from = to_from(source, node);
    if (stage.from.alias) stage.name = lower(stage.from.alias->text);
    file.stages.push_back(std::move(stage));
  }
  if (file.stages.empty())
    throw Error(ErrorKind::invalid, fmt::format("{}: there is no FROM", source.name()),
                "Without a base image, write FROM scratch.");
  return file;
}

Instruction parse_trigger(const SourceText& source) {
  Nodes nodes = parse_nodes(source);
  if (nodes.nodes.size() > 1)
    throw error_at(source, nodes.nodes[1].span, "there is more than one instruction");
  Node& node = nodes.nodes.front();
  if (node.keyword == "from" || node.keyword == "onbuild" || node.keyword == "maintainer")
    throw error_at(source, node.written.span,
                   fmt::format("{} cannot stand in ONBUILD", upper(node.keyword)));
  return to_instruction(source, std::move(node));
}

}  // namespace modulah::containerfile
