// Records of fields.
#include "modulah/base/record.h"

#include <string>

#include "modulah_test/catch.h"

using namespace modulah;

TEST_CASE("A record gives back its fields, whatever is in them") {
  std::string record;
  const std::string odd("a\0:\n7:", 6);
  for (const std::string& field : {std::string(), std::string("app.wasm"), odd})
    add_field(record, field);
  std::string_view rest = record;
  CHECK(take_field(rest) == "");
  CHECK(take_field(rest) == "app.wasm");
  CHECK(take_field(rest) == odd);
  CHECK(rest.empty());
  CHECK_FALSE(take_field(rest));
}

TEST_CASE("A record that was cut off or changed is not read") {
  std::string record;
  add_field(record, "app.wasm");
  for (std::size_t size = 0; size < record.size(); ++size) {
    std::string_view cut = std::string_view(record).substr(0, size);
    CHECK_FALSE(take_field(cut));
    CHECK(cut.size() == size);
  }
  for (std::string_view wrong : {"x:a", ":a", "-1:a", "99999999999999999999:a", "1 :a"})
    CHECK_FALSE(take_field(wrong));
}
