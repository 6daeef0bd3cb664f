// The tree of a template.
//
//   {{range $i, $v := .Names}}{{$v | upper}}{{else}}none{{end}}
//
// is a Node range whose pipeline declares $i and $v, with two lists of nodes below it. A pipeline
// is commands, each of which hands its value to the next one as the last argument; a command is
// operands, the first of which may be a function.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace modulah::cli::templates {

/// Where something is in the template's text, in bytes.
struct Place {
  std::size_t at = 0;
  std::size_t length = 1;
};

struct Pipeline;

struct Operand {
  enum class Kind { dot, variable, literal, function, group };
  Kind kind = Kind::dot;
  Place place;
  std::string name;                     ///< Of a variable, with its "$", or of a function.
  nlohmann::ordered_json literal;       ///< A text, number, truth or null.
  std::unique_ptr<Pipeline> group;      ///< What is in parentheses.
  std::vector<std::string> fields;      ///< ".A.B" after it.
  std::vector<Place> places_of_fields;  ///< As many.
};

struct CommandNode {
  std::vector<Operand> operands;  ///< At least one.
};

struct Pipeline {
  std::vector<std::string> variables;  ///< "$i, $v := "; at most two, and two only in range.
  bool is_assignment = false;          ///< "$v = " instead of "$v := ".
  std::vector<CommandNode> commands;   ///< At least one.
  Place place;
};

struct Node {
  enum class Kind { text, action, if_node, with_node, range_node, break_node, continue_node };
  Kind kind = Kind::text;
  Place place;
  std::string text;
  Pipeline pipeline;
  std::vector<Node> body;
  std::vector<Node> otherwise;  ///< After "else".
};

}  // namespace modulah::cli::templates
