// Reference::parse against the tables of the library that docker and podman share.
#include <fstream>

#include <nlohmann/json.hpp>

#include "modulah/oci/reference.h"

#include "modulah_test/catch.h"
#include "modulah_test/corpus.h"
#include "modulah_test/errors.h"

using namespace modulah;
using oci::Reference;

namespace {

std::optional<nlohmann::json> read_table(const std::string& name) {
  const auto path = test::find_corpus("distribution-reference/" + name);
  if (!path) return std::nullopt;
  std::ifstream file(*path);
  return nlohmann::json::parse(file);
}

}  // namespace

TEST_CASE("names split into registry and repository as docker splits them") {
  const auto table = read_table("TestNormalizedSplitHostname.tests.json");
  if (!table) return;
  int count = 0;
  for (const auto& row : *table) {
    const std::string input = row["input"];
    CAPTURE(input);
    const Reference reference = Reference::parse(input, Reference::Defaults::docker);
    CHECK(reference.registry == row["domain"].get<std::string>());
    CHECK(reference.repository == row["path"].get<std::string>());
    ++count;
  }
  CHECK(count > 0);
}

TEST_CASE("names become canonical as docker makes them") {
  const auto table = read_table("TestParseDockerRef.tests.json");
  if (!table) return;
  int count = 0;
  for (const auto& row : *table) {
    const std::string input = row["input"];
    CAPTURE(input);
    Reference reference = Reference::parse(input, Reference::Defaults::docker);
    // That library drops a tag beside a digest; we keep both, since the tag is what people read.
    if (reference.digest) reference.tag.clear();
    CHECK(reference.text() == row["expected"].get<std::string>());
    ++count;
  }
  CHECK(count > 0);
}
