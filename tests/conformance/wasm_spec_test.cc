// The modules of the specification's own tests: what is valid must be read and accepted, what is
// not must be refused, by somebody: our reader, the engine, Binaryen.
#include <fstream>
#include <vector>

#include "modulah/base/files.h"
#include "modulah/base/io.h"
#include "modulah/base/process.h"
#include "modulah/wasm/engine.h"
#include "modulah/wasm/summary.h"

#include "modulah_test/catch.h"
#include "modulah_test/corpus.h"
#include "modulah_test/errors.h"
#include "modulah_test/paths.h"
#include "modulah_test/skip.h"

using namespace modulah;
using test::error_of;

namespace {

/// One line of INDEX.tsv.
struct Case {
  std::string kind;  ///< valid, invalid or malformed.
  std::string file;
  std::string source;    ///< The .wast file.
  std::string expected;  ///< What the specification's interpreter says.
};

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields(1);
  for (const char c : line) {
    if (c == '\t')
      fields.emplace_back();
    else
      fields.back() += c;
  }
  return fields;
}

/// The archive, unpacked beneath the build folder once for each program.
class Corpus {
 public:
  explicit Corpus(const std::filesystem::path& archive) : directory_(test::build_directory()) {
    ProcessRequest tar;
    tar.args = {"tar", "-xJf", archive.native(), "-C", directory_.path().native()};
    tar.search_path = "/usr/bin:/bin";
    tar.environment = {"PATH=/usr/bin:/bin"};
    REQUIRE(run_process(tar).exit_status == 0);
    std::ifstream index(directory_.path() / "INDEX.tsv");
    std::string line;
    std::getline(index, line);  // The heading.
    while (std::getline(index, line)) {
      std::vector<std::string> fields = split(line);
      fields.resize(5);
      cases_.push_back({fields[0], fields[1], fields[2], fields[4]});
    }
  }

  [[nodiscard]] const std::vector<Case>& cases() const { return cases_; }
  [[nodiscard]] std::string read(const Case& one) const {
    return read_file(directory_.path() / one.file, 64U << 20U);
  }

 private:
  TempDir directory_;
  std::vector<Case> cases_;
};

/// Null, with a word, when the archive is not on this machine.
const Corpus* corpus() {
  const auto archive = test::find_corpus("wasm-spec/wasm-spec-testsuite.tar.xz");
  if (!archive) return nullptr;
  static const Corpus unpacked(*archive);
  return &unpacked;
}

std::string summary_error(const std::string& bytes, const Case& one) {
  return error_of([&] { (void)wasm::summarize(as_bytes(bytes), one.file); });
}

/// Fails with all names, so that one run shows everything.
void check_none(const std::vector<std::string>& deviations) {
  std::string text;
  for (const std::string& line : deviations) text += line + "\n";
  INFO(deviations.size() << " deviations:\n" << text);
  CHECK(deviations.empty());
}

}  // namespace

TEST_CASE("each valid module of the specification is summarized") {
  const Corpus* all = corpus();
  if (all == nullptr) return;
  std::vector<std::string> deviations;
  int count = 0;
  for (const Case& one : all->cases()) {
    if (one.kind != "valid") continue;
    ++count;
    const std::string error = summary_error(all->read(one), one);
    if (error != "(no error)") deviations.push_back(error);
  }
  CHECK(count == 1789);
  check_none(deviations);
}

TEST_CASE("each malformed module of the specification is refused by the reader") {
  const Corpus* all = corpus();
  if (all == nullptr) return;
  std::vector<std::string> deviations;
  int count = 0;
  for (const Case& one : all->cases()) {
    if (one.kind != "malformed") continue;
    ++count;
    if (summary_error(all->read(one), one) == "(no error)")
      deviations.push_back(one.file + ": accepted, but " + one.expected);
  }
  CHECK(count == 705);
  check_none(deviations);
}

// What is invalid has a structure, so the reader may say either; it must only stay alive.
TEST_CASE("an invalid module of the specification is an Error or a Summary") {
  const Corpus* all = corpus();
  if (all == nullptr) return;
  int count = 0;
  for (const Case& one : all->cases()) {
    if (one.kind != "invalid") continue;
    ++count;
    (void)summary_error(all->read(one), one);
  }
  CHECK(count == 2020);
}

TEST_CASE("the engine accepts what is valid and refuses everything else") {
  const Corpus* all = corpus();
  if (all == nullptr) return;
  const std::array<std::filesystem::path, 1> library = {test::wasmtime_library()};
  if (!test::has_wasmtime()) return;
  const wasm::Engine engine = wasm::Engine::load(library);
  std::vector<std::string> deviations;
  for (const Case& one : all->cases()) {
    const std::string bytes = all->read(one);
    const std::string error = error_of([&] { engine.validate(as_bytes(bytes), one.file); });
    const bool is_accepted = error == "(no error)";
    if (is_accepted == (one.kind == "valid")) continue;
    deviations.push_back(one.kind + " " + one.source + ": " +
                         (is_accepted ? one.file + ": accepted, but " + one.expected : error));
  }
  check_none(deviations);
}
