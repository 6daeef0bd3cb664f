// What a Containerfile may ask for is bounded, and the work for it is in proportion to its size.
#include "modulah/containerfile/limits.h"

#include "modulah/containerfile/expander.h"
#include "modulah/containerfile/parser.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using namespace modulah::containerfile;

namespace {

std::string repeated(std::string_view text, std::size_t count) {
  std::string result;
  result.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

std::string error_of_text(const std::string& text) {
  const ParseResult result = parse_all(SourceText("F", text));
  if (result.errors.empty()) return "(no error)";
  CHECK(result.errors.size() == 1);
  return result.errors.front().message();
}

}  // namespace

TEST_CASE("the number of instructions and of words is bounded, with the line that exceeds") {
  CHECK(error_of_text("FROM a\n" + repeated("CMD\n", kMaxInstructions + 5)) ==
        "F:100001:1: more than 100000 instructions in one file");
  CHECK(error_of_text("FROM a\nENV a=b\n" + repeated("VOLUME a b c d e f g h\n", kMaxWords / 8)) ==
        "F:62502:1: more than 500000 words in the instructions of one file");
  // Of one instruction no more are split than that, in each way to split them.
  for (const char* line : {"EXPOSE 1", "ENV a=b", "COPY --exclude=a"}) {
    const std::string word = std::string(line).substr(std::string_view(line).find(' '));
    CHECK(error_of_text("FROM a\n" + std::string(line) + repeated(word, kMaxWords) + " /\n") ==
          "F:2:1: more than 500000 words in the instructions of one file");
  }
  CHECK(error_of_text("FROM a\nVOLUME [\"a\"" + repeated(",\"a\"", kMaxWords) + "]\n") ==
        "F:2:1: more than 500000 words in the instructions of one file");
}

TEST_CASE("the JSON form is read without a tree of what is in it") {
  const std::string open = repeated("[", 100'000);
  const std::string close = repeated("]", 100'000);
  CHECK(error_of_text("FROM a\nRUN " + open + close + "\n") ==
        "F:2:5: RUN: element 1 of the JSON list is not a string in double quotes");
  CHECK(error_of_text("FROM a\nRUN " + open + "\n") == "(no error)");  // Shell form.
  CHECK(error_of_text("FROM a\nRUN [\"a\", [\"b\", 1], \"c\"]\n") ==
        "F:2:5: RUN: element 2 of the JSON list is not a string in double quotes");
  CHECK(parse_directives(SourceText("F", "{\"a\":{\"syntax\":\"no\"},\"syntax\":\"yes\"}"))
            .syntax->text == "yes");
  CHECK_FALSE(parse_directives(SourceText("F", "{\"syntax\":" + open + close + "}")).syntax);
}

TEST_CASE("all expansions together are bounded") {
  const std::string mebibyte(std::size_t{1} << 20, 'x');
  const Lookup lookup = [&](std::string_view name) -> std::optional<std::string> {
    if (name == "big") return mebibyte;
    return std::nullopt;
  };
  ExpansionBudget budget;
  // What is looked up counts, and what is put together.
  for (int i = 0; i < 32; ++i) (void)expand_word("$big", lookup, '\\', &budget);
  CHECK_FALSE(budget.is_exhausted());
  CHECK(test::error_of([&] { (void)expand_word("$big", lookup, '\\', &budget); }) ==
        "variables expand to more than 64 MiB in the whole file");
  CHECK(budget.is_exhausted());
  // Also where the value is thrown away, and for each ${…} around it.
  ExpansionBudget discarded;
  for (int i = 0; i < 64; ++i) (void)expand_word("${big:+}", lookup, '\\', &discarded);
  CHECK(test::error_of([&] { (void)expand_word("${big:+}", lookup, '\\', &discarded); }) !=
        "(no error)");
  ExpansionBudget nested;
  const std::string deep = repeated("${a:-", 90) + "$big" + repeated("}", 90);
  CHECK(test::error_of([&] { (void)expand_word(deep, lookup, '\\', &nested); }) ==
        "variables expand to more than 64 MiB in the whole file");
  // A long pattern costs more.
  ExpansionBudget patterns;
  const std::string pattern = "${big#" + repeated("x*", 1024) + "y}";
  (void)expand_word(pattern, lookup, '\\', &patterns);
  CHECK(test::error_of([&] { (void)expand_word(pattern, lookup, '\\', &patterns); }) ==
        "variables expand to more than 64 MiB in the whole file");
  // A text without variables costs nothing.
  ExpansionBudget none(0);
  CHECK(expand_word("plain", lookup, '\\', &none).text == "plain");
}
