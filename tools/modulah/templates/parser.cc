// Reads the tokens of a template, by recursive descent.
//
//   nodes    = { text | action | block }
//   block    = "if"|"with"|"range" pipeline nodes { "else" … } "end"
//   pipeline = [ variables ":=" ] command { "|" command }
//   command  = operand { space operand }
//   operand  = ( "." | field | variable | literal | function | "(" pipeline ")" ) { field }
#include "parser.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "functions.h"
#include "lexer.h"

namespace modulah::cli::templates {

namespace {

constexpr int kMaxDepth = 50;

class Parser {
 public:
  explicit Parser(const containerfile::SourceText& source)
      : source_(source), tokens_(read_tokens(source)) {}

  std::vector<Node> parse() {
    std::vector<Node> nodes = read_nodes();
    if (peek().kind != Token::Kind::end)
      fail(peek().place, fmt::format("unexpected {{{{{}}}}}", keyword()));
    return nodes;
  }

 private:
  /// How a list of nodes ended, and the rest of an "else if".
  [[noreturn]] void fail(Place place, std::string_view message, std::string hint = {}) const {
    throw template_error(source_, place, message, std::move(hint));
  }

  const Token& peek() const { return tokens_[at_]; }
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  void skip_space() {
    while (peek().kind == Token::Kind::space) take();
  }
  bool is_symbol(std::string_view symbol) const {
    return peek().kind == Token::Kind::symbol && peek().text == symbol;
  }
  /// The word that an action at this token begins with; empty for one that begins otherwise.
  std::string_view keyword() const {
    std::size_t at = at_;
    if (tokens_[at].kind != Token::Kind::open) return {};
    while (tokens_[++at].kind == Token::Kind::space) {
    }
    return tokens_[at].kind == Token::Kind::word ? std::string_view(tokens_[at].text)
                                                 : std::string_view();
  }
  /// Takes "{{" and the keyword after it.
  Place take_keyword() {
    take();
    skip_space();
    return take().place;
  }
  void take_close() {
    skip_space();
    if (peek().kind != Token::Kind::close)
      fail(peek().place, fmt::format("unexpected \"{}\" in the action", peek().text));
    take();
  }

  /// Nodes up to "{{end}}", "{{else}}" or the end of the template.
  std::vector<Node> read_nodes() {
    std::vector<Node> nodes;
    for (;;) {
      if (peek().kind == Token::Kind::end) return nodes;
      if (peek().kind == Token::Kind::text) {
        Node node;
        node.place = peek().place;
        node.text = take().text;
        nodes.push_back(std::move(node));
        continue;
      }
      const std::string_view word = keyword();
      if (word == "end" || word == "else") return nodes;
      nodes.push_back(read_action());
    }
  }

  Node read_action() {
    const std::string_view word = keyword();
    if (word == "if") return read_block(Node::Kind::if_node);
    if (word == "with") return read_block(Node::Kind::with_node);
    if (word == "range") return read_block(Node::Kind::range_node);
    if (word == "break" || word == "continue") return read_jump(word == "break");
    for (const std::string_view name : {"define", "template", "block"})
      if (word == name)
        fail(tokens_[at_ + 1].place, fmt::format("{{{{{}}}}} is not supported", name),
             "--format takes a single template.");
    Node node;
    node.kind = Node::Kind::action;
    node.place = take().place;
    node.pipeline = read_pipeline(1);
    take_close();
    return node;
  }

  Node read_jump(bool is_break) {
    Node node;
    node.kind = is_break ? Node::Kind::break_node : Node::Kind::continue_node;
    node.place = take_keyword();
    if (ranges_ == 0)
      fail(node.place,
           fmt::format("{{{{{}}}}} is outside of a range", is_break ? "break" : "continue"));
    take_close();
    return node;
  }

  /// From "{{if", or from the "if" of "{{else if", to "{{end}}".
  Node read_block(Node::Kind kind) {
    Node node;
    node.kind = kind;
    if (peek().kind == Token::Kind::open) take();
    skip_space();
    const std::string name = peek().text;
    node.place = take().place;
    if (++depth_ > kMaxDepth) fail(node.place, "template is nested too deeply");
    const std::size_t outer = variables_.size();
    node.pipeline = read_pipeline(kind == Node::Kind::range_node ? 2 : 1);
    take_close();
    ranges_ += kind == Node::Kind::range_node ? 1 : 0;
    node.body = read_body();
    ranges_ -= kind == Node::Kind::range_node ? 1 : 0;
    read_else(node, name);
    variables_.resize(outer);
    --depth_;
    return node;
  }

  std::vector<Node> read_body() {
    const std::size_t outer = variables_.size();
    std::vector<Node> nodes = read_nodes();
    variables_.resize(outer);
    return nodes;
  }

  void read_else(Node& node, const std::string& name) {
    if (keyword() == "else") {
      const Place place = take_keyword();
      skip_space();
      if (peek().kind == Token::Kind::word && (peek().text == "if" || peek().text == "with")) {
        if (peek().text != name)
          fail(peek().place,
               fmt::format("unexpected \"else {}\" in {{{{{}}}}}", peek().text, name));
        node.otherwise.push_back(read_block(node.kind));  // Takes the {{end}}, too.
        return;
      }
      take_close();
      node.otherwise = read_body();
      if (keyword() == "else")
        fail(place, fmt::format("{{{{{}}}}} has a second {{{{else}}}}", name));
    }
    if (keyword() != "end")
      fail(node.place, fmt::format("{{{{{}}}}} has no {{{{end}}}}", name),
           "Close it with {{end}}.");
    take_keyword();
    take_close();
  }

  Pipeline read_pipeline(std::size_t most_variables) {
    Pipeline pipeline;
    skip_space();
    pipeline.place = peek().place;
    read_declaration(pipeline, most_variables);
    for (;;) {
      pipeline.commands.push_back(read_command());
      if (!is_symbol("|")) break;
      take();
    }
    const Place& last = pipeline.commands.back().operands.back().place;
    pipeline.place.length = last.at + last.length - pipeline.place.at;
    if (!pipeline.is_assignment)
      for (const std::string& name : pipeline.variables) variables_.push_back(name);
    return pipeline;
  }

  /// "$v :=", "$i, $v :=", "$v =", or nothing.
  void read_declaration(Pipeline& pipeline, std::size_t most) {
    const std::size_t begin = at_;
    std::vector<Place> places;
    while (peek().kind == Token::Kind::variable) {
      places.push_back(peek().place);
      pipeline.variables.push_back(take().text);
      skip_space();
      if (!is_symbol(",")) break;
      take();
      skip_space();
    }
    if (pipeline.variables.empty() || (!is_symbol(":=") && !is_symbol("="))) {
      pipeline.variables.clear();
      at_ = begin;
      return;
    }
    pipeline.is_assignment = take().text == "=";
    if (pipeline.variables.size() > most) fail(places[most], "too many variables");
    for (std::size_t i = 0; i < places.size(); ++i)
      if (pipeline.is_assignment) check_variable(pipeline.variables[i], places[i]);
    skip_space();
  }

  CommandNode read_command() {
    CommandNode command;
    for (;;) {
      skip_space();
      const Token::Kind kind = peek().kind;
      if (kind == Token::Kind::close || is_symbol("|") || is_symbol(")")) break;
      command.operands.push_back(read_operand());
      const Token& next = peek();
      if (next.kind != Token::Kind::space && next.kind != Token::Kind::close && !is_symbol("|") &&
          !is_symbol(")"))
        fail(next.place, fmt::format("unexpected \"{}\" in the operand", next.text));
    }
    if (command.operands.empty())
      fail(peek().place, "a value is missing", "Write a field, e.g. {{.ID}}.");
    return command;
  }

  Operand read_operand() {
    Operand operand;
    const Token& token = take();
    operand.place = token.place;
    operand.name = token.text;
    switch (token.kind) {
      case Token::Kind::field:
        if (!token.text.empty()) add_field(operand, token);
        break;
      case Token::Kind::variable:
        operand.kind = Operand::Kind::variable;
        check_variable(token.text, token.place);
        break;
      case Token::Kind::string:
        operand.kind = Operand::Kind::literal;
        operand.literal = token.text;
        break;
      case Token::Kind::number:
        operand.kind = Operand::Kind::literal;
        operand.literal = number(token);
        break;
      case Token::Kind::word:
        read_word(operand, token);
        break;
      default:
        if (token.kind != Token::Kind::symbol || token.text != "(")
          fail(token.place, fmt::format("unexpected \"{}\"", token.text));
        read_group(operand);
    }
    while (peek().kind == Token::Kind::field) {
      if (peek().text.empty() || operand.kind == Operand::Kind::literal)
        fail(peek().place, "unexpected \".\"");
      add_field(operand, take());
    }
    return operand;
  }

  static void add_field(Operand& operand, const Token& token) {
    operand.fields.push_back(token.text);
    operand.places_of_fields.push_back(token.place);
    operand.place.length = token.place.at + token.place.length - operand.place.at;
  }

  void read_group(Operand& operand) {
    operand.kind = Operand::Kind::group;
    if (++depth_ > kMaxDepth) fail(operand.place, "template is nested too deeply");
    const std::size_t outer = variables_.size();
    operand.group = std::make_unique<Pipeline>(read_pipeline(0));
    variables_.resize(outer);
    --depth_;
    if (!is_symbol(")")) fail(operand.place, "parenthesis is not closed");
    const Token& close = take();
    operand.place.length = close.place.at + 1 - operand.place.at;
  }

  void read_word(Operand& operand, const Token& token) {
    operand.kind = Operand::Kind::literal;
    if (token.text == "true" || token.text == "false") {
      operand.literal = token.text == "true";
    } else if (token.text != "nil") {
      operand.kind = Operand::Kind::function;
      if (find_function(token.text) == nullptr)
        fail(token.place, fmt::format("unknown function \"{}\"", token.text),
             fmt::format("The functions are {}. A field begins with a dot, e.g. {{{{.ID}}}}.",
                         function_names()));
    }
  }

  nlohmann::ordered_json number(const Token& token) const {
    std::string_view text = token.text;
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int64_t whole = 0;
    const char* const last = text.data() + text.size();
    const bool is_hex = text.starts_with("0x");
    const auto [end, error] =
        std::from_chars(text.data() + (is_hex ? 2 : 0), last, whole, is_hex ? 16 : 10);
    if (error == std::errc() && end == last) return whole;
    double fraction = 0;
    const auto [end2, error2] = std::from_chars(text.data(), last, fraction);
    if (error2 != std::errc() || end2 != last || !std::isfinite(fraction))
      fail(token.place, fmt::format("\"{}\" is not a number", token.text));
    return fraction;
  }

  void check_variable(const std::string& name, Place place) const {
    if (name == "$" || std::find(variables_.begin(), variables_.end(), name) != variables_.end())
      return;
    fail(place, fmt::format("undefined variable \"{}\"", name),
         fmt::format("Define it with {{{{{} := …}}}}.", name));
  }

  const containerfile::SourceText& source_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::vector<std::string> variables_;  ///< Those that are defined here.
  int depth_ = 0;
  int ranges_ = 0;  ///< How many ranges are around this place.
};

}  // namespace

std::vector<Node> parse(const containerfile::SourceText& source) { return Parser(source).parse(); }

}  // namespace modulah::cli::templates
