// Evaluates the tree of a template.
#include "template.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "functions.h"
#include "lexer.h"
#include "parser.h"
#include "value.h"

namespace modulah::cli::templates {

namespace {

constexpr std::size_t kMaxTemplateBytes = 64 << 10;
constexpr std::size_t kMaxSteps = 1'000'000;

/// Fields whose keys are the user's, or that are documents as others wrote them.
constexpr std::array<std::string_view, 8> kMaps = {"Labels",   "Annotations", "Volumes",
                                                   "Manifest", "labels",      "annotations",
                                                   "manifest", "ExposedPorts"};

enum class Flow { next, leave_round, leave_range };

class Evaluator {
 public:
  Evaluator(const containerfile::SourceText& source, const Json& data)
      : source_(source), root_(std::shared_ptr<void>(), &data) {
    variables_.emplace_back("$", root_);
  }

  std::string run(const std::vector<Node>& nodes) {
    run_nodes(nodes, root_);
    return std::move(out_);
  }

 private:
  using Variables = std::vector<std::pair<std::string, Value>>;

  [[noreturn]] void fail(Place place, std::string_view message, std::string hint = {}) const {
    throw template_error(source_, place, message, std::move(hint));
  }

  void count_step(Place place) {
    if (++steps_ > kMaxSteps)
      fail(place, fmt::format("template takes more than {} steps", kMaxSteps));
  }

  /// Runs `action`, which knows no place, for what is at `place`.
  template <typename Action>
  auto at(Place place, Action&& action) const {
    try {
      return action();
    } catch (const Error& error) {
      if (!error.excerpt().empty()) throw;
      fail(place, error.message(), error.hint());
    }
  }

  Flow run_nodes(const std::vector<Node>& nodes, const Value& dot) {
    const std::size_t outer = variables_.size();
    Flow flow = Flow::next;
    for (const Node& node : nodes) {
      flow = run_node(node, dot);
      if (flow != Flow::next) break;
    }
    variables_.resize(outer);
    return flow;
  }

  Flow run_node(const Node& node, const Value& dot) {
    count_step(node.place);
    switch (node.kind) {
      case Node::Kind::text:
        at(node.place, [&] { append(out_, node.text); });
        return Flow::next;
      case Node::Kind::action:
        run_action(node, dot);
        return Flow::next;
      case Node::Kind::if_node:
      case Node::Kind::with_node:
        return run_condition(node, dot);
      case Node::Kind::range_node:
        return run_range(node, dot);
      case Node::Kind::break_node:
        return Flow::leave_range;
      case Node::Kind::continue_node:
        return Flow::leave_round;
    }
    return Flow::next;
  }

  void run_action(const Node& node, const Value& dot) {
    const Value value = evaluate(node.pipeline, dot);
    if (!node.pipeline.variables.empty())
      set(node.pipeline, node.pipeline.variables[0], value);
    else
      at(node.pipeline.place, [&] { append(out_, go_text(*value)); });
  }

  Flow run_condition(const Node& node, const Value& dot) {
    const std::size_t outer = variables_.size();
    const Value value = evaluate(node.pipeline, dot);
    if (!node.pipeline.variables.empty()) set(node.pipeline, node.pipeline.variables[0], value);
    const bool holds = is_true(*value);
    const Value& inner = node.kind == Node::Kind::with_node && holds ? value : dot;
    const Flow flow = run_nodes(holds ? node.body : node.otherwise, inner);
    variables_.resize(outer);
    return flow;
  }

  Flow run_range(const Node& node, const Value& dot) {
    const Value list = evaluate(node.pipeline, dot);
    if (list->is_null() || (list->is_structured() && list->empty()))
      return run_nodes(node.otherwise, dot);
    if (list->is_array()) {
      for (std::size_t i = 0; i < list->size(); ++i)
        if (!run_round(node, make_value(i), part_of(list, (*list)[i]))) break;
    } else if (list->is_object()) {
      // In the order of the keys, as in Go.
      std::vector<std::pair<std::string_view, const Json*>> sorted;
      for (const auto& [key, item] : list->items()) sorted.emplace_back(key, &item);
      std::sort(sorted.begin(), sorted.end());
      for (const auto& [key, item] : sorted)
        if (!run_round(node, make_value(key), part_of(list, *item))) break;
    } else {
      fail(node.pipeline.place, fmt::format("range cannot iterate over {}", kind_of(*list)));
    }
    return Flow::next;
  }

  /// One round of a range. False when it is the last one.
  bool run_round(const Node& node, const Value& key, const Value& item) {
    count_step(node.place);
    const std::size_t outer = variables_.size();
    const std::vector<std::string>& names = node.pipeline.variables;
    if (names.size() == 2) set(node.pipeline, names[0], key);
    if (!names.empty()) set(node.pipeline, names.back(), item);
    const Flow flow = run_nodes(node.body, item);
    variables_.resize(outer);
    return flow != Flow::leave_range;
  }

  void set(const Pipeline& pipeline, const std::string& name, const Value& value) {
    if (pipeline.is_assignment)
      variable(name) = value;
    else
      variables_.emplace_back(name, value);
  }

  /// The innermost one; the parser has seen to it that it is there.
  Value& variable(const std::string& name) {
    const auto found = std::find_if(variables_.rbegin(), variables_.rend(),
                                    [&](const auto& one) { return one.first == name; });
    return found == variables_.rend() ? variables_.front().second : found->second;
  }

  Value evaluate(const Pipeline& pipeline, const Value& dot) {
    Value value;  // Null before the first command.
    for (const CommandNode& command : pipeline.commands) value = evaluate(command, value, dot);
    return value;
  }

  Value evaluate(const CommandNode& command, const Value& piped, const Value& dot) {
    const Operand& first = command.operands.front();
    count_step(first.place);
    if (first.kind == Operand::Kind::function) return call(command, piped, dot);
    if (command.operands.size() > 1 || piped != nullptr)
      fail(first.place, "not a function, and cannot have arguments");
    return evaluate(first, dot);
  }

  Value call(const CommandNode& command, const Value& piped, const Value& dot) {
    const Operand& first = command.operands.front();
    const Function& function = *find_function(first.name);
    const std::size_t count = command.operands.size() - 1 + (piped != nullptr ? 1 : 0);
    if (count < function.least || count > function.most)
      fail(
          first.place,
          fmt::format("{} has {} argument{}, not {}{}", function.name, count, count == 1 ? "" : "s",
                      count < function.least ? function.least : function.most,
                      count < function.least && function.most > function.least ? " or more" : ""));
    std::vector<Value> arguments;
    Value result;
    for (std::size_t i = 0; i < count; ++i) {
      const bool is_piped = i + 1 == command.operands.size();
      arguments.push_back(is_piped ? piped : evaluate(command.operands[i + 1], dot));
      // "and" and "or" look no further once they know.
      if (function.call == nullptr && is_true(*arguments.back()) == (function.name == "or"))
        return arguments.back();
    }
    result = function.call == nullptr ? arguments.back()
                                      : at(first.place, [&] { return function.call(arguments); });
    return with_fields(first, std::move(result));
  }

  Value evaluate(const Operand& operand, const Value& dot) {
    count_step(operand.place);
    Value value = dot;
    switch (operand.kind) {
      case Operand::Kind::dot:
        break;
      case Operand::Kind::variable:
        value = variable(operand.name);
        break;
      case Operand::Kind::literal:
        return make_value(operand.literal);
      case Operand::Kind::function: {
        // A function among the arguments is called without any.
        const Function& function = *find_function(operand.name);
        if (function.least > 0)
          fail(operand.place, fmt::format("{} has no arguments", function.name),
               "Write a call among arguments in parentheses, e.g. (len .Names).");
        value = function.call({});
        break;
      }
      case Operand::Kind::group:
        value = evaluate(*operand.group, dot);
        break;
    }
    return with_fields(operand, std::move(value));
  }

  Value with_fields(const Operand& operand, Value value) const {
    bool is_map = false;
    for (std::size_t i = 0; i < operand.fields.size(); ++i) {
      value = field(value, operand.fields[i], operand.places_of_fields[i], is_map);
      is_map = is_map || std::find(kMaps.begin(), kMaps.end(), operand.fields[i]) != kMaps.end();
    }
    return value;
  }

  Value field(const Value& value, const std::string& name, Place place, bool is_map) const {
    if (value->is_object()) {
      const auto found = value->find(name);
      if (found != value->end()) return part_of(value, *found);
    }
    if (is_map && (value->is_object() || value->is_null())) return no_value();
    if (!value->is_object())
      fail(place, fmt::format("there is no field \"{}\" in {}", name, kind_of(*value)));
    std::vector<std::string> names;
    for (const auto& [key, item] : value->items()) names.push_back(key);
    fail(place, fmt::format("there is no field \"{}\"", name),
         names.empty() ? "" : fmt::format("The fields are {}.", fmt::join(names, ", ")));
  }

  const containerfile::SourceText& source_;
  Value root_;
  std::string out_;
  Variables variables_;
  std::size_t steps_ = 0;
};

std::string bounded(std::string text) {
  if (text.size() > kMaxTemplateBytes)
    throw Error(ErrorKind::usage,
                fmt::format("template has {} bytes, more than {}", text.size(), kMaxTemplateBytes));
  return text;
}

}  // namespace

struct Template::State {
  explicit State(std::string text)
      : source("template", bounded(std::move(text))), nodes(parse(source)) {}
  containerfile::SourceText source;
  std::vector<Node> nodes;
};

Template::Template(std::string text) : state_(std::make_unique<State>(std::move(text))) {}
Template::~Template() = default;
Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;

std::string Template::fill(const nlohmann::ordered_json& data) const {
  return Evaluator(state_->source, data).run(state_->nodes);
}

}  // namespace modulah::cli::templates
