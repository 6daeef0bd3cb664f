// Comparisons, lists, texts: the functions of templates but printf (printf.cc).
#include "functions.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "modulah/base/text.h"

#include "print.h"
#include "printf.h"

namespace modulah::cli::templates {

namespace {

using Arguments = std::span<const Value>;

constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();
constexpr std::int64_t kMaxPadding = 10'000;

[[noreturn]] void wrong(std::string_view what) { throw Error(ErrorKind::usage, std::string(what)); }

const std::string& text_of(const Value& value) {
  if (!value->is_string()) wrong(fmt::format("expected a text, found {}", kind_of(*value)));
  return value->get_ref<const std::string&>();
}

std::int64_t whole_of(const Value& value) {
  if (!value->is_number_integer())
    wrong(fmt::format("expected a whole number, found {}", kind_of(*value)));
  return value->get<std::int64_t>();
}

/// Whether two values are of kinds that can be compared; as in Go, a text never with a number.
void check_comparable(const Json& a, const Json& b) {
  if (a.is_structured() || b.is_structured())
    wrong(fmt::format("{} cannot be compared", kind_of(a.is_structured() ? a : b)));
  if (kind_of(a) != kind_of(b) && !a.is_null() && !b.is_null())
    wrong(fmt::format("{} cannot be compared with {}", kind_of(a), kind_of(b)));
}

Value eq(Arguments arguments) {
  // As in Go: whether the first is equal to any of the others.
  for (const Value& other : arguments.subspan(1)) {
    check_comparable(*arguments[0], *other);
    if (*arguments[0] == *other) return make_value(true);
  }
  return make_value(false);
}

Value ne(Arguments arguments) { return make_value(!eq(arguments)->get<bool>()); }

bool is_less(const Value& a, const Value& b) {
  check_comparable(*a, *b);
  if (!a->is_string() && !a->is_number()) wrong(fmt::format("{} has no order", kind_of(*a)));
  if (kind_of(*a) != kind_of(*b)) wrong(fmt::format("{} has no order", kind_of(*b)));
  return *a < *b;
}

Value lt(Arguments a) { return make_value(is_less(a[0], a[1])); }
Value le(Arguments a) { return make_value(!is_less(a[1], a[0])); }
Value gt(Arguments a) { return make_value(is_less(a[1], a[0])); }
Value ge(Arguments a) { return make_value(!is_less(a[0], a[1])); }
Value negate(Arguments a) { return make_value(!is_true(*a[0])); }

Value len(Arguments arguments) {
  const Json& value = *arguments[0];
  if (value.is_string()) return make_value(value.get_ref<const std::string&>().size());
  if (value.is_structured()) return make_value(value.size());
  wrong(fmt::format("{} has no length", kind_of(value)));
}

Value index(Arguments arguments) {
  Value value = arguments[0];
  for (const Value& key : arguments.subspan(1)) {
    if (value->is_object()) {
      const auto found = value->find(text_of(key));
      value = found == value->end() ? no_value() : part_of(value, *found);
    } else if (value->is_array()) {
      const std::int64_t at = whole_of(key);
      if (at < 0 || static_cast<std::uint64_t>(at) >= value->size())
        wrong(fmt::format("index {} is out of range: the list has {} entries", at, value->size()));
      value = part_of(value, (*value)[static_cast<std::size_t>(at)]);
    } else {
      wrong(fmt::format("{} cannot be indexed", kind_of(*value)));
    }
  }
  return value;
}

/// slice LIST|TEXT [FROM [TO]].
Value slice(Arguments arguments) {
  const Json& whole = *arguments[0];
  if (!whole.is_array() && !whole.is_string())
    wrong(fmt::format("{} cannot be sliced", kind_of(whole)));
  const auto size = static_cast<std::int64_t>(
      whole.is_array() ? whole.size() : whole.get_ref<const std::string&>().size());
  const std::int64_t from = arguments.size() > 1 ? whole_of(arguments[1]) : 0;
  const std::int64_t to = arguments.size() > 2 ? whole_of(arguments[2]) : size;
  if (from < 0 || from > to || to > size)
    wrong(fmt::format("slice from {} to {} is out of range: the length is {}", from, to, size));
  if (whole.is_string())
    return make_value(whole.get_ref<const std::string&>().substr(
        static_cast<std::size_t>(from), static_cast<std::size_t>(to - from)));
  return make_value(Json::array_t(whole.begin() + from, whole.begin() + to));
}

Value json(Arguments arguments) { return make_value(json_text(*arguments[0])); }

/// join LIST SEPARATOR, as in docker and podman; a pipe passes the list last, which is
/// accepted as well.
Value join(Arguments arguments) {
  const bool is_piped = arguments[1]->is_array();
  const Json& list = *arguments[is_piped ? 1 : 0];
  const std::string& separator = text_of(arguments[is_piped ? 0 : 1]);
  if (!list.is_array()) wrong(fmt::format("expected a list, found {}", kind_of(list)));
  std::string out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i != 0) append(out, separator);
    append(out, go_text(list[i]));
  }
  return make_value(std::move(out));
}

/// split TEXT SEPARATOR; without a separator into characters.
Value split(Arguments arguments) {
  const std::string_view text = text_of(arguments[0]);
  const std::string& separator = text_of(arguments[1]);
  Json list = Json::array();
  if (separator.empty()) {
    for (std::size_t at = 0, length = 0; at < text.size(); at += length) {
      length = decode(text, at).length;
      list.push_back(text.substr(at, length));
    }
    return make_value(std::move(list));
  }
  std::size_t at = 0;
  for (std::size_t end = 0; (end = text.find(separator, at)) != std::string_view::npos;
       at = end + separator.size())
    list.push_back(text.substr(at, end - at));
  list.push_back(text.substr(at));
  return make_value(std::move(list));
}

// Letters beyond ASCII stay as they are: names of images and platforms have none.
char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

Value upper(Arguments arguments) {
  std::string text = text_of(arguments[0]);
  std::transform(text.begin(), text.end(), text.begin(), to_upper);
  return make_value(std::move(text));
}

Value lower(Arguments arguments) {
  std::string text = text_of(arguments[0]);
  std::transform(text.begin(), text.end(), text.begin(), to_lower);
  return make_value(std::move(text));
}

Value title(Arguments arguments) {
  std::string text = text_of(arguments[0]);
  bool is_start = true;
  for (char& c : text) {
    if (is_start) c = to_upper(c);
    is_start = c == ' ' || c == '\t' || c == '\n';
  }
  return make_value(std::move(text));
}

/// truncate TEXT LENGTH: its first characters.
Value truncate(Arguments arguments) {
  const std::string& text = text_of(arguments[0]);
  const std::int64_t most = whole_of(arguments[1]);
  std::size_t end = 0;
  for (std::int64_t count = 0; count < most && end < text.size(); ++count)
    end += decode(text, end).length;
  return make_value(text.substr(0, most < 0 ? text.size() : end));
}

/// pad TEXT LEFT RIGHT: with so many blanks on its sides; nothing stays nothing.
Value pad(Arguments arguments) {
  const std::string& text = text_of(arguments[0]);
  const std::int64_t left = whole_of(arguments[1]);
  const std::int64_t right = whole_of(arguments[2]);
  if (left < 0 || right < 0 || left > kMaxPadding || right > kMaxPadding)
    wrong(fmt::format("padding is not between 0 and {}", kMaxPadding));
  if (text.empty()) return arguments[0];
  return make_value(std::string(static_cast<std::size_t>(left), ' ') + text +
                    std::string(static_cast<std::size_t>(right), ' '));
}

/// Go's print: blanks between arguments when neither is a text.
Value print_all(Arguments arguments) {
  std::string out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (i != 0 && !arguments[i]->is_string() && !arguments[i - 1]->is_string()) append(out, " ");
    append(out, go_text(*arguments[i]));
  }
  return make_value(std::move(out));
}

Value print_line(Arguments arguments) {
  std::string out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (i != 0) append(out, " ");
    append(out, go_text(*arguments[i]));
  }
  append(out, "\n");
  return make_value(std::move(out));
}

Value format(Arguments arguments) {
  return make_value(format_values(text_of(arguments[0]), arguments.subspan(1)));
}

constexpr std::array kFunctions = {
    Function{"and", 1, kAny, nullptr},
    Function{"eq", 2, kAny, eq},
    Function{"ge", 2, 2, ge},
    Function{"gt", 2, 2, gt},
    Function{"index", 1, kAny, index},
    Function{"join", 2, 2, join},
    Function{"json", 1, 1, json},
    Function{"le", 2, 2, le},
    Function{"len", 1, 1, len},
    Function{"lower", 1, 1, lower},
    Function{"lt", 2, 2, lt},
    Function{"ne", 2, 2, ne},
    Function{"not", 1, 1, negate},
    Function{"or", 1, kAny, nullptr},
    Function{"pad", 3, 3, pad},
    Function{"print", 0, kAny, print_all},
    Function{"printf", 1, kAny, format},
    Function{"println", 0, kAny, print_line},
    Function{"slice", 1, 3, slice},
    Function{"split", 2, 2, split},
    Function{"title", 1, 1, title},
    Function{"truncate", 2, 2, truncate},
    Function{"upper", 1, 1, upper},
};

}  // namespace

const Function* find_function(std::string_view name) {
  for (const Function& function : kFunctions)
    if (function.name == name) return &function;
  return nullptr;
}

std::string function_names() {
  std::vector<std::string_view> names;
  for (const Function& function : kFunctions) names.push_back(function.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace modulah::cli::templates
