#include "modulah/base/io.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;

TEST_CASE("copy moves all bytes and counts them") {
  const std::string text(1'000'000, 'x');
  SpanSource source{std::string_view(text)};
  StringSink sink;
  CHECK(copy(source, sink) == text.size());
  CHECK(sink.text == text);
}

TEST_CASE("read_all refuses more than its bound, naming the thing") {
  SpanSource source{std::string_view("12345")};
  CHECK(test::error_of([&] { (void)read_all(source, 4, "index.json"); }) ==
        "index.json is larger than the 4 bytes allowed");
}

TEST_CASE("an ObservedSource reports each read") {
  SpanSource inner{std::string_view("12345")};
  std::size_t seen = 0;
  ObservedSource source(inner, [&](std::size_t count) { seen += count; });
  CHECK(read_all(source, 5, "text") == "12345");
  CHECK(seen == 5);
}
