// Rust's scheme since 2025, "v0": a grammar of one letter for each kind of thing, with references
// back to what was written before.
//
// The name is printed while it is read. A reference back makes the reader continue at an earlier
// place for a while, so a short name can stand for an endless one; reading stops when there is more
// text than anybody wants.
//
// https://rust-lang.github.io/rfcs/2603-rust-symbol-name-mangling-v0.html
#include <array>
#include <cstdint>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/text.h"
#include "modulah/wasm/demangle.h"

#include "punycode.h"
#include "rust_symbol.h"

namespace modulah::wasm {
namespace {

constexpr unsigned kMaxDepth = 200;

/// Thrown within this file to end the reading.
enum class Stop : std::uint8_t { malformed, enough };

/// The types that are one letter, by it; empty for other letters.
constexpr std::array<std::string_view, 26> kBasicTypes = {
    "i8",   "bool", "char", "f64", "str", "f32", "",    "u8", "isize", "usize", "",    "i32", "u32",
    "i128", "u128", "_",    "",    "",    "i16", "u16", "()", "...",   "",      "i64", "u64", "!"};

std::string_view basic_type(char letter) {
  return letter >= 'a' && letter <= 'z' ? kBasicTypes[static_cast<std::size_t>(letter - 'a')]
                                        : std::string_view();
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

struct Identifier {
  std::string_view text;
  bool is_punycode = false;
};

/// Whether a path is part of an expression, where its arguments are written "::<T>".
enum class Context : std::uint8_t { type, value };

class V0Printer {
 public:
  explicit V0Printer(std::string_view symbol) : symbol_(symbol) {}

  /// Throws Stop.
  void symbol() {
    // A number here would be that of a later version of the scheme.
    if (is_digit(peek())) throw Stop::malformed;
    path(Context::value);
    // The crate that the function was compiled for.
    if (is_upper(peek())) {
      is_silent_ = true;
      path(Context::type);
    }
    const char next = peek();
    if (next != '\0' && next != '.' && next != '$') throw Stop::malformed;
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  class Level;

  [[nodiscard]] char peek() const { return at_ < symbol_.size() ? symbol_[at_] : '\0'; }
  char next() {
    if (at_ >= symbol_.size()) throw Stop::malformed;
    return symbol_[at_++];
  }
  bool eat(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void print(std::string_view text) {
    if (is_silent_) return;
    out_ += text;
    if (out_.size() > kMaxDemangledBytes) throw Stop::enough;
  }

  std::uint64_t decimal();
  std::uint64_t base_62();
  /// The number that `tag` announces, plus one; 0 when it is not there.
  std::uint64_t optional_base_62(char tag);
  Identifier identifier();
  void print(const Identifier& identifier);

  /// Calls `read` where the reference that begins here points to.
  template <typename Read>
  void back_reference(Read read);
  /// Calls `item` up to an "E", with `separator` between; returns how often.
  template <typename Item>
  std::size_t list(std::string_view separator, Item item);
  /// Reads "G" and a number of lifetimes that hold within `inner`.
  template <typename Inner>
  void binder(Inner inner);

  void path(Context context);
  void path_of(char tag, Context context);
  void nested(Context context);
  void impl_path();
  void self_and_trait(bool has_trait);
  void generic_argument();
  void lifetime(std::uint64_t index);
  void type();
  void type_of(char tag);
  void reference(std::string_view mutability);
  void function_type();
  void dyn_bounds();
  void dyn_trait();
  bool path_with_open_arguments();
  void constant(bool is_within);
  void constant_of(char tag);
  void structure();
  void number(char tag);
  void string_literal();
  std::string_view hex_digits();

  std::string_view symbol_;  ///< Without "_R", as references count.
  std::size_t at_ = 0;
  std::string out_;
  bool is_silent_ = false;  ///< What is read is not printed.
  unsigned depth_ = 0;
  std::uint64_t lifetimes_ = 0;  ///< How many are bound here.
};

/// Counts how deep the reading is, while it is in scope.
class V0Printer::Level {
 public:
  explicit Level(V0Printer& printer) : printer_(printer) {
    if (++printer_.depth_ > kMaxDepth) throw Stop::malformed;
  }
  ~Level() { --printer_.depth_; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

 private:
  V0Printer& printer_;
};

std::uint64_t V0Printer::decimal() {
  if (!is_digit(peek())) throw Stop::malformed;
  if (eat('0')) return 0;
  std::uint64_t value = 0;
  while (is_digit(peek())) {
    value = value * 10 + static_cast<std::uint64_t>(next() - '0');
    if (value > std::numeric_limits<std::uint32_t>::max()) throw Stop::malformed;
  }
  return value;
}

std::uint64_t V0Printer::base_62() {
  if (eat('_')) return 0;
  std::uint64_t value = 0;
  while (!eat('_')) {
    const char c = next();
    std::uint64_t digit = 0;
    if (is_digit(c))
      digit = static_cast<std::uint64_t>(c - '0');
    else if (is_lower(c))
      digit = static_cast<std::uint64_t>(c - 'a') + 10;
    else if (is_upper(c))
      digit = static_cast<std::uint64_t>(c - 'A') + 36;
    else
      throw Stop::malformed;
    // A crate's hash takes 64 bits.
    if (value > (std::numeric_limits<std::uint64_t>::max() - digit - 1) / 62) throw Stop::malformed;
    value = value * 62 + digit;
  }
  return value + 1;
}

std::uint64_t V0Printer::optional_base_62(char tag) { return eat(tag) ? base_62() + 1 : 0; }

Identifier V0Printer::identifier() {
  Identifier found;
  found.is_punycode = eat('u');
  const std::uint64_t size = decimal();
  (void)eat('_');
  if (size > symbol_.size() - at_) throw Stop::malformed;
  found.text = symbol_.substr(at_, static_cast<std::size_t>(size));
  at_ += found.text.size();
  return found;
}

void V0Printer::print(const Identifier& identifier) {
  if (!identifier.is_punycode) {
    print(identifier.text);
  } else if (const auto text = decode_punycode(identifier.text, '_')) {
    print(*text);
  } else {
    throw Stop::malformed;
  }
}

template <typename Read>
void V0Printer::back_reference(Read read) {
  const std::size_t tag_at = at_ - 1;
  const std::uint64_t target = base_62();
  if (target >= tag_at) throw Stop::malformed;
  if (is_silent_) return;
  const std::size_t after = std::exchange(at_, static_cast<std::size_t>(target));
  read();
  at_ = after;
}

template <typename Item>
std::size_t V0Printer::list(std::string_view separator, Item item) {
  std::size_t count = 0;
  for (; !eat('E'); ++count) {
    if (count != 0) print(separator);
    item();
  }
  return count;
}

template <typename Inner>
void V0Printer::binder(Inner inner) {
  const std::uint64_t count = optional_base_62('G');
  if (count > 100) throw Stop::malformed;
  lifetimes_ += count;
  if (count != 0) {
    print("for<");
    for (std::uint64_t i = count; i > 0; --i) {
      lifetime(i);
      if (i > 1) print(", ");
    }
    print("> ");
  }
  inner();
  lifetimes_ -= count;
}

void V0Printer::path(Context context) {
  const Level level(*this);
  path_of(next(), context);
}

void V0Printer::path_of(char tag, Context context) {
  switch (tag) {
    case 'C':
      (void)optional_base_62('s');
      print(identifier());
      return;
    case 'N':
      nested(context);
      return;
    case 'M':
      impl_path();
      self_and_trait(false);
      return;
    case 'X':
      impl_path();
      self_and_trait(true);
      return;
    case 'Y':
      self_and_trait(true);
      return;
    case 'I':
      path(context);
      print(context == Context::value ? "::<" : "<");
      list(", ", [&] { generic_argument(); });
      print(">");
      return;
    case 'B':
      back_reference([&] { path(context); });
      return;
    default:
      throw Stop::malformed;
  }
}

/// A name in a namespace: of a function or type in lower case, else of what has no name of its own.
void V0Printer::nested(Context context) {
  const char space = next();
  if (!is_lower(space) && !is_upper(space)) throw Stop::malformed;
  path(context);
  const std::uint64_t disambiguator = optional_base_62('s');
  const Identifier name = identifier();
  if (is_lower(space)) {
    if (name.text.empty()) return;
    print("::");
    print(name);
    return;
  }
  print("::{");
  if (space == 'C')
    print("closure");
  else if (space == 'S')
    print("shim");
  else
    print(std::string_view(&space, 1));
  if (!name.text.empty()) {
    print(":");
    print(name);
  }
  print(fmt::format("#{}}}", disambiguator));
}

/// The place of an implementation in the source, which is not printed.
void V0Printer::impl_path() {
  (void)optional_base_62('s');
  const bool was_silent = std::exchange(is_silent_, true);
  path(Context::type);
  is_silent_ = was_silent;
}

void V0Printer::self_and_trait(bool has_trait) {
  print("<");
  type();
  if (has_trait) {
    print(" as ");
    path(Context::type);
  }
  print(">");
}

void V0Printer::generic_argument() {
  if (eat('L'))
    lifetime(base_62());
  else if (eat('K'))
    constant(false);
  else
    type();
}

/// `index` counts from the innermost one that is bound; 0 is a lifetime without a name.
void V0Printer::lifetime(std::uint64_t index) {
  if (index == 0) return print("'_");
  // What binds it may be what is skipped.
  if (is_silent_) return;
  if (index > lifetimes_) throw Stop::malformed;
  const std::uint64_t number = lifetimes_ - index;
  print(number < 26 ? fmt::format("'{}", static_cast<char>('a' + number))
                    : fmt::format("'_{}", number));
}

void V0Printer::type() {
  const Level level(*this);
  const char tag = next();
  if (const std::string_view basic = basic_type(tag); !basic.empty())
    print(basic);
  else
    type_of(tag);
}

void V0Printer::type_of(char tag) {
  switch (tag) {
    case 'R':
      return reference("");
    case 'Q':
      return reference("mut ");
    case 'P':
      print("*const ");
      return type();
    case 'O':
      print("*mut ");
      return type();
    case 'A':
      print("[");
      type();
      print("; ");
      constant(true);
      return print("]");
    case 'S':
      print("[");
      type();
      return print("]");
    case 'T':
      print("(");
      if (list(", ", [&] { type(); }) == 1) print(",");
      return print(")");
    case 'F':
      return binder([&] { function_type(); });
    case 'D':
      return dyn_bounds();
    case 'B':
      return back_reference([&] { type(); });
    default:
      return path_of(tag, Context::type);
  }
}

void V0Printer::reference(std::string_view mutability) {
  print("&");
  if (eat('L')) {
    if (const std::uint64_t index = base_62(); index != 0) {
      lifetime(index);
      print(" ");
    }
  }
  print(mutability);
  type();
}

void V0Printer::function_type() {
  if (eat('U')) print("unsafe ");
  if (eat('K')) {
    std::string abi = "C";
    if (!eat('C')) abi = identifier().text;
    for (char& c : abi)
      if (c == '_') c = '-';
    print(fmt::format("extern \"{}\" ", abi));
  }
  print("fn(");
  list(", ", [&] { type(); });
  print(")");
  if (eat('u')) return;
  print(" -> ");
  type();
}

void V0Printer::dyn_bounds() {
  print("dyn ");
  binder([&] { list(" + ", [&] { dyn_trait(); }); });
  if (!eat('L')) throw Stop::malformed;
  if (const std::uint64_t index = base_62(); index != 0) {
    print(" + ");
    lifetime(index);
  }
}

/// "Iterator<Item = u8>"
void V0Printer::dyn_trait() {
  bool is_open = path_with_open_arguments();
  while (eat('p')) {
    print(is_open ? ", " : "<");
    is_open = true;
    print(identifier());
    print(" = ");
    type();
  }
  if (is_open) print(">");
}

/// A path whose arguments are not closed yet; false when it has none.
bool V0Printer::path_with_open_arguments() {
  const Level level(*this);
  if (eat('B')) {
    bool is_open = false;
    back_reference([&] { is_open = path_with_open_arguments(); });
    return is_open;
  }
  if (!eat('I')) {
    path(Context::type);
    return false;
  }
  path(Context::type);
  print("<");
  list(", ", [&] { generic_argument(); });
  return true;
}

/// `is_within`: what is printed is part of an expression, and needs no braces.
void V0Printer::constant(bool is_within) {
  const Level level(*this);
  const char tag = next();
  if (tag == 'B') return back_reference([&] { constant(is_within); });
  constexpr std::string_view kExpressions = "eRQATV";
  // A string that is referred to is a literal.
  const bool is_literal = tag == 'R' && peek() == 'e';
  const bool has_braces =
      !is_within && !is_literal && kExpressions.find(tag) != std::string_view::npos;
  if (has_braces) print("{");
  constant_of(tag);
  if (has_braces) print("}");
}

void V0Printer::constant_of(char tag) {
  switch (tag) {
    case 'p':
      return print("_");
    case 'e':
      print("*");
      return string_literal();
    case 'R':
      if (eat('e')) return string_literal();
      print("&");
      return constant(true);
    case 'Q':
      print("&mut ");
      return constant(true);
    case 'A':
      print("[");
      list(", ", [&] { constant(true); });
      return print("]");
    case 'T':
      print("(");
      if (list(", ", [&] { constant(true); }) == 1) print(",");
      return print(")");
    case 'V':
      path(Context::value);
      return structure();
    default:
      return number(tag);
  }
}

/// The fields of a struct or a variant.
void V0Printer::structure() {
  switch (next()) {
    case 'U':
      return;
    case 'T':
      print("(");
      list(", ", [&] { constant(true); });
      return print(")");
    case 'S':
      print(" { ");
      list(", ", [&] {
        (void)optional_base_62('s');
        print(identifier());
        print(": ");
        constant(true);
      });
      return print(" }");
    default:
      throw Stop::malformed;
  }
}

std::string_view V0Printer::hex_digits() {
  const std::size_t start = at_;
  while (is_digit(peek()) || (peek() >= 'a' && peek() <= 'f')) ++at_;
  const std::string_view digits = symbol_.substr(start, at_ - start);
  if (!eat('_')) throw Stop::malformed;
  return digits;
}

std::optional<std::uint64_t> value_of(std::string_view hex) {
  if (hex.size() > 16) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : hex)
    value = value * 16 + static_cast<std::uint64_t>(is_digit(c) ? c - '0' : c - 'a' + 10);
  return value;
}

/// A number, a bool or a character of the type `tag`.
void V0Printer::number(char tag) {
  constexpr std::string_view kSigned = "aslxni";
  constexpr std::string_view kUnsigned = "htmyoj";
  const bool is_signed = kSigned.find(tag) != std::string_view::npos;
  if (is_signed && eat('n')) print("-");
  const std::string_view digits = hex_digits();
  const auto value = value_of(digits);
  if (is_signed || kUnsigned.find(tag) != std::string_view::npos)
    return print(value ? fmt::format("{}", *value) : fmt::format("0x{}", digits));
  if (tag == 'b' && value && *value <= 1) return print(*value == 1 ? "true" : "false");
  if (tag != 'c' || !value || *value >= kRawByte) throw Stop::malformed;
  std::string text = "'";
  encode(static_cast<char32_t>(*value), text);
  print(text + "'");
}

void V0Printer::string_literal() {
  const std::string_view digits = hex_digits();
  if (digits.size() % 2 != 0) throw Stop::malformed;
  std::string text = "\"";
  for (std::size_t i = 0; i < digits.size(); i += 2)
    text += static_cast<char>(*value_of(digits.substr(i, 2)));
  print(text + "\"");
}

}  // namespace

std::optional<std::string> demangle_rust_v0(std::string_view symbol) {
  if (!symbol.starts_with("_R")) return std::nullopt;
  V0Printer printer(symbol.substr(2));
  try {
    printer.symbol();
  } catch (const Stop stop) {
    if (stop == Stop::malformed) return std::nullopt;
  }
  std::string text = printer.take();
  cut_demangled(text);
  return text;
}

}  // namespace modulah::wasm
