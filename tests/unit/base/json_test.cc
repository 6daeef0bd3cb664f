// JSON that is nested too deeply, or is none.
#include "modulah/base/json.h"

#include <string>

#include <nlohmann/json.hpp>

#include "modulah_test/catch.h"

using namespace modulah;

namespace {

std::string nested(std::size_t depth, char open, char close) {
  return std::string(depth, open) + std::string(depth, close);
}

}  // namespace

TEST_CASE("parse_json takes what is nested as deep as allowed, and nothing deeper") {
  const auto deep = parse_json<nlohmann::json>(nested(kMaxJsonNesting, '[', ']'));
  CHECK(deep.is_array());
  CHECK(parse_json<nlohmann::json>(nested(kMaxJsonNesting + 1, '[', ']')).is_discarded());
  CHECK(parse_json<nlohmann::ordered_json>(nested(200'000, '[', ']')).is_discarded());
  CHECK(parse_json<nlohmann::ordered_json>(std::string(200'000, '{')).is_discarded());
}

TEST_CASE("brackets in texts do not nest, and what is closed no longer counts") {
  CHECK(parse_json<nlohmann::json>("\"" + std::string(100, '[') + "\"").is_string());
  CHECK(parse_json<nlohmann::json>(R"("\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")")
            .is_string());
  std::string list = "[[]";
  for (int i = 0; i < 100; ++i) list += ",[{}]";
  CHECK(parse_json<nlohmann::json>(list + "]").size() == 101);
  CHECK(find_deep_json("[[" + nested(kMaxJsonNesting - 1, '{', '}')) == kMaxJsonNesting);
}

TEST_CASE("parse_json throws nothing for what is not JSON") {
  for (const char* text : {"", "{", "[1e999]", "{\"a\":1,}", "\xff"})
    CHECK(parse_json<nlohmann::json>(text).is_discarded());
}
