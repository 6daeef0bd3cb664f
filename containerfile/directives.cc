// Directives, in the "#" form that every builder reads, and in the forms in which BuildKit looks
// for the name of another frontend: "//syntax=…" and a JSON object.
#include "directives.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/containerfile/parser.h"

#include "characters.h"

namespace modulah::containerfile {

std::optional<DirectiveLine> parse_directive_line(std::string_view line, std::string_view mark) {
  if (!line.starts_with(mark)) return std::nullopt;
  std::size_t at = mark.size();
  const auto skip_spaces = [&] {
    while (at < line.size() && is_space(line[at])) ++at;
  };
  skip_spaces();
  const std::size_t start = at;
  if (at == line.size() || !is_letter(line[at])) return std::nullopt;
  while (at < line.size() && (is_letter(line[at]) || is_digit(line[at]))) ++at;
  DirectiveLine directive;
  directive.name = line.substr(start, at - start);
  skip_spaces();
  if (at == line.size() || line[at] != '=') return std::nullopt;
  ++at;
  skip_spaces();
  directive.value = trim(line.substr(at));
  directive.value_offset = at;
  if (directive.value.empty()) return std::nullopt;
  return directive;
}

void DirectiveReader::take(std::size_t number) {
  if (is_done_) return;
  const std::string_view whole = source_.line(number);
  // A script's first line names its interpreter; directives may follow it.
  if (number == 1 && whole.starts_with("#!")) {
    has_shebang_ = true;
    return;
  }
  const std::string_view line = trim_left(whole);
  const auto directive = parse_directive_line(line, "#");
  if (!directive) {
    is_done_ = true;
    return;
  }
  const std::size_t column = whole.size() - line.size() + directive->value_offset + 1;
  set(*directive, {number, number, column, directive->value.size()});
}

void DirectiveReader::set(const DirectiveLine& line, const Span& place) {
  const auto refuse_second = [&](bool is_second) {
    if (is_second)
      throw error_at(source_, place,
                     fmt::format("directive {} is repeated", in_quotes(lower(line.name))));
  };
  const auto set_text = [&](std::optional<Text>& text) {
    refuse_second(text.has_value());
    text = Text{std::string(line.value), place};
  };
  if (equal_without_case(line.name, "escape")) {
    refuse_second(has_escape_);
    has_escape_ = true;
    set_escape(line.value, place);
  } else if (equal_without_case(line.name, "syntax")) {
    set_text(directives_.syntax);
  } else if (equal_without_case(line.name, "check")) {
    set_text(directives_.check);
  } else {
    is_done_ = true;
  }
}

void DirectiveReader::set_escape(std::string_view value, const Span& place) {
  if (value != "\\" && value != "`")
    throw error_at(source_, place,
                   fmt::format("escape {} is neither \"\\\" nor \"`\"", in_quotes(value)));
  // BuildKit, too, looks only for the others after an interpreter's line.
  if (!has_shebang_) directives_.escape = value.front();
}

namespace {

/// The value of "//syntax=" at the top, after an interpreter's line.
std::optional<Text> find_slash_syntax(const SourceText& source) {
  std::size_t number = source.line(1).starts_with("#!") ? 2 : 1;
  for (; number <= source.line_count(); ++number) {
    const auto directive = parse_directive_line(source.line(number), "//");
    if (!directive) return std::nullopt;
    if (equal_without_case(directive->name, "syntax"))
      return Text{std::string(directive->value),
                  {number, number, directive->value_offset + 1, directive->value.size()}};
  }
  return std::nullopt;
}

/// Finds the member "syntax" of an object without making a tree of the whole text.
class SyntaxMember {
 public:
  std::optional<std::string> value;

  bool null() { return take_other(); }
  bool boolean(bool) { return take_other(); }
  bool number_integer(nlohmann::json::number_integer_t) { return take_other(); }
  bool number_unsigned(nlohmann::json::number_unsigned_t) { return take_other(); }
  bool number_float(nlohmann::json::number_float_t, const std::string&) { return take_other(); }
  bool binary(nlohmann::json::binary_t&) { return take_other(); }
  bool string(std::string& text) {
    if (depth_ == 1 && is_syntax_) value = std::move(text);
    return true;
  }
  bool key(std::string& name) {
    if (depth_ == 1) is_syntax_ = name == "syntax";
    return true;
  }
  bool start_object(std::size_t) { return start(); }
  bool start_array(std::size_t) { return start(); }
  bool end_object() { return end(); }
  bool end_array() { return end(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) {
    return false;
  }

 private:
  /// The last one of a name counts.
  bool take_other() {
    if (depth_ == 1 && is_syntax_) value.reset();
    return true;
  }
  bool start() {
    (void)take_other();
    ++depth_;
    return true;
  }
  bool end() {
    --depth_;
    return true;
  }

  std::size_t depth_ = 0;
  bool is_syntax_ = false;
};

/// The member "syntax" of a text that is a JSON object.
std::optional<Text> find_json_syntax(const SourceText& source) {
  if (!trim_left(source.text()).starts_with('{')) return std::nullopt;
  SyntaxMember member;
  if (!nlohmann::json::sax_parse(source.text(), &member) || !member.value) return std::nullopt;
  return Text{std::move(*member.value), {1, 1, 0, 0}};
}

}  // namespace

Directives parse_directives(const SourceText& source) {
  DirectiveReader reader(source);
  for (std::size_t number = 1; number <= source.line_count() && !reader.is_done(); ++number)
    reader.take(number);
  Directives directives = reader.directives();
  if (!directives.syntax) directives.syntax = find_slash_syntax(source);
  if (!directives.syntax && source.text().size() <= kMaxSourceBytes)
    directives.syntax = find_json_syntax(source);
  return directives;
}

}  // namespace modulah::containerfile
