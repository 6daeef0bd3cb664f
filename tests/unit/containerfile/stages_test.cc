// Names of stages, which may have variables, and finding stages by name or number.
#include "modulah/containerfile/stages.h"

#include "modulah/containerfile/parser.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using containerfile::SourceText;
using containerfile::StageNames;

namespace {

StageNames names_of(const std::string& text) {
  const SourceText source("F", text);
  return containerfile::name_stages(containerfile::parse(source), source,
                                    [](std::string_view name) -> std::optional<std::string> {
                                      if (name == "NAME") return "App";
                                      if (name == "EMPTY") return "";
                                      return std::nullopt;
                                    });
}

}  // namespace

TEST_CASE("stage names are expanded, and in lower case") {
  const StageNames names = names_of(
      "FROM scratch\nFROM scratch AS Base\nFROM scratch AS $NAME\n"
      "FROM scratch AS ${NAME}-v${V:-1}\nFROM scratch AS 1:x/@ä\n");
  REQUIRE(names.size() == 5);
  CHECK(names.of(0).empty());
  CHECK(names.of(1) == "base");
  CHECK(names.of(2) == "app");
  CHECK(names.of(3) == "app-v1");
  CHECK(names.of(4) == "1:x/@ä");
}

TEST_CASE("an empty or malformed stage name is refused with its place") {
  CHECK(test::error_of([] { (void)names_of("FROM scratch\nFROM scratch AS x$EMPTY\n"); }) ==
        "(no error)");
  CHECK(test::error_of([] { (void)names_of("FROM scratch\nFROM scratch AS $EMPTY\n"); }) ==
        "F:2:17: the stage name \"$EMPTY\" is empty after expansion");
  CHECK(test::error_of([] { (void)names_of("FROM scratch AS ${NAME\n"); }) ==
        "F:1:17: \"${NAME\" has a ${ without a \"}\"");
}

TEST_CASE("a stage is found by name or number, the last before the given one") {
  const StageNames names({"a", "", "b", "a", "1"});
  CHECK(names.find("a", 5) == 3U);
  CHECK(names.find("A", 3) == 0U);
  CHECK(names.find("b", 2) == std::nullopt);
  CHECK(names.find("c", 5) == std::nullopt);
  CHECK(names.find("", 5) == std::nullopt);
  CHECK(names.find("2", 5) == 2U);
  CHECK(names.find("2", 2) == std::nullopt);
  CHECK(names.find("02", 5) == std::nullopt);
  CHECK(names.find("99999999999999999999", 5) == std::nullopt);
  // A name that is a number hides the stage with that number.
  CHECK(names.find("1", 4) == 1U);
  CHECK(names.find("1", 5) == 4U);
}
