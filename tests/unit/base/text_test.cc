#include "modulah/base/text.h"

#include "modulah_test/catch.h"

using namespace modulah;

TEST_CASE("printable shows what a terminal would obey, and leaves all else") {
  struct Case {
    std::string_view text;
    std::string_view shown;
  };
  constexpr Case kCases[] = {
      {"", ""},
      {"Größe – 日本 🙂 é\u0301", "Größe – 日本 🙂 é\u0301"},
      {"\x1b[31mred\x07", "\\x1b[31mred\\x07"},
      {"a\nb\tc\r", "a\\x0ab\\x09c\\x0d"},
      {"\x7f", "\\x7f"},
      // CSI as one character, and as a byte that is no UTF-8.
      {"\u009b31m", "\\u009b31m"},
      {"\x9b"
       "31m",
       "\\x9b31m"},
      {"\xe2\x80", "\\xe2\\x80"},
      // Text that reads from right to left from here on, and lines that end.
      {"a\u202eb\u2066c\u2028d", "a\\u202eb\\u2066c\\u2028d"},
      {std::string_view("\0", 1), "\\x00"},
  };
  for (const Case& c : kCases) CHECK(printable(c.text) == c.shown);
  CHECK(printable("a\n\tb\x1b", "\n\t") == "a\n\tb\\x1b");
}

TEST_CASE("decode and encode give every byte back") {
  std::string text = "aé日🙂";
  for (int byte = 0; byte < 256; ++byte) text += static_cast<char>(byte);
  std::string back;
  for (std::size_t at = 0; at < text.size();) {
    const Character c = decode(text, at);
    REQUIRE(c.length != 0);
    encode(c.code, back);
    at += c.length;
  }
  CHECK(back == text);
  CHECK(decode(text, text.size()).length == 0);
}
