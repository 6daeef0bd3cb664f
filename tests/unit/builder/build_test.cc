// Whole builds: what is in the image, what is said, what is refused.
#include <fmt/format.h>

#include "modulah/oci/index.h"

#include "fixture.h"
#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "modulah_test/paths.h"
#include "modulah_test/skip.h"

using namespace modulah;
using test::BuildFixture;
using Lines = std::vector<std::string>;

namespace {

const std::string kUsual = "FROM scratch\nCOPY app.wasm /\nCMD [\"/app.wasm\"]\n";

std::string error_of_build(BuildFixture& fixture, const std::string& containerfile) {
  return test::error_of([&] { (void)fixture.build(containerfile); });
}

/// How many files the store has besides its blobs and its index: none may be left half-written.
std::size_t count_temporary_files(const BuildFixture& fixture) {
  std::size_t count = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(fixture.store_root()))
    if (file.path().filename().native().starts_with(".tmp-")) ++count;
  return count;
}

}  // namespace

TEST_CASE("the usual Containerfile gives a Wasm image") {
  BuildFixture fixture;
  fixture.file("app.wasm", test::kCommand);
  const builder::BuildResult result = fixture.build(kUsual);
  CHECK(fixture.layer(result, 0) == Lines{"file 644 0:0 app.wasm \"<module of 36 bytes>\""});
  CHECK(fixture.text(fixture.manifest(result).config) ==
        R"({"created":"1970-01-01T00:00:00Z","architecture":"wasm","os":"wasi","config":{)"
        R"("Cmd":["/app.wasm"],"WorkingDir":"/","Labels":{"module.wasm.image/variant":"compat"}},)"
        R"("rootfs":{"type":"layers","diff_ids":[")" +
            fixture.config(result).diff_ids.front().text() +
            R"("]},"history":[{"created":"1970-01-01T00:00:00Z","created_by":"COPY app.wasm /"},)"
            R"({"created":"1970-01-01T00:00:00Z","created_by":"CMD [\"/app.wasm\"]",)"
            R"("empty_layer":true}]})");
  CHECK(fixture.manifest(result).annotations ==
        oci::Annotations{{"module.wasm.image/variant", "compat"}});
  CHECK(result.modules.size() == 1);
  CHECK(result.steps_cached == 0);
}

TEST_CASE("the same input gives the same image in another directory, with any number of threads") {
  BuildFixture first;
  BuildFixture second;
  std::string large(3 << 20, 'x');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * i / 7);
  for (BuildFixture* fixture : {&first, &second}) {
    fixture->file("app.wasm", test::kCommand);
    fixture->file("data/large", large);
  }
  builder::BuildRequest request = second.request(kUsual + "COPY data /data/\n");
  request.threads = 5;
  CHECK(first.build(kUsual + "COPY data /data/\n").root == second.build(request).root);
}

TEST_CASE("a build with nothing changed makes no layer") {
  BuildFixture fixture;
  fixture.file("app.wasm", test::kCommand);
  // As if it had been written a while ago: what was changed this very moment is not trusted.
  const auto first = fixture.build(kUsual);
  std::filesystem::last_write_time(
      fixture.context() / "app.wasm",
      std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  while (fixture.build(kUsual).steps_cached == 0) {
  }
  const auto again = fixture.build(kUsual);
  CHECK(again.root == first.root);
  CHECK(again.steps_cached == 1);
  CHECK(again.modules.empty());
  builder::BuildRequest request = fixture.request(kUsual);
  request.cache = builder::CacheUse::no;
  CHECK(fixture.build(request).steps_cached == 0);
}

TEST_CASE("only a build that makes a layer trims the cache, when it is due") {
  namespace fs = std::filesystem;
  BuildFixture fixture;
  fixture.file("text", "hello");
  const std::string text = "FROM scratch\nCOPY text /\n";
  const auto first = fixture.build(text);
  while (fixture.build(text).steps_cached == 0) {
  }
  const fs::path leftover = fixture.store_root() / "cache/steps/.tmp-1-1";
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(30);
  write_file(leftover, "");
  fs::last_write_time(leftover, long_ago);
  fs::last_write_time(fixture.store_root() / "cache/trimmed", long_ago);
  CHECK(fixture.build(text).steps_cached == 1);
  CHECK(fs::exists(leftover));
  CHECK(fixture.build(text + "COPY text /more\n").steps_cached == 1);
  CHECK_FALSE(fs::exists(leftover));
  // Without the cache everything is made again.
  store::trim_caches(builder::build_cache_folders(fixture.store_root() / "cache"), {0, 0});
  const auto again = fixture.build(text);
  CHECK(again.steps_cached == 0);
  CHECK(again.root == first.root);
}

TEST_CASE("a changed file makes another layer") {
  BuildFixture fixture;
  fixture.file("text", "one");
  const std::string text = "FROM scratch\nCOPY text /\n";
  const auto first = fixture.build(text);
  fixture.file("text", "two");
  const auto second = fixture.build(text);
  CHECK(fixture.layer(first, 0) == Lines{"file 644 0:0 text \"one\""});
  CHECK(fixture.layer(second, 0) == Lines{"file 644 0:0 text \"two\""});
}

TEST_CASE("all settings stand in the configuration") {
  BuildFixture fixture;
  builder::BuildRequest request = fixture.request(R"(FROM scratch
MAINTAINER ana
ENV A=1 B="two words" C=$A
ENV A=2
LABEL "a.b"="c d"
EXPOSE 8080 53/udp 9000-9001
VOLUME /data /x
USER 65534:65534
STOPSIGNAL SIGINT
HEALTHCHECK --interval=5s --retries=3 CMD ["/check.wasm"]
ONBUILD COPY . /
ENTRYPOINT ["/app.wasm", "-v"]
CMD ["a"]
)");
  request.platforms = {{"linux", "amd64", "", "", {}}};
  const auto result = fixture.build(request);
  const oci::ImageConfig config = fixture.config(result);
  CHECK(config.author == "ana");
  CHECK(config.config.environment == Lines{"A=2", "B=two words", "C="});
  CHECK(config.config.labels == std::map<std::string, std::string>{{"a.b", "c d"}});
  CHECK(config.config.exposed_ports ==
        std::set<std::string>{"53/udp", "8080/tcp", "9000/tcp", "9001/tcp"});
  CHECK(config.config.user == "65534:65534");
  CHECK(config.config.stop_signal == "SIGINT");
  CHECK(config.config.on_build == Lines{"COPY . /"});
  CHECK(*config.config.entrypoint == Lines{"/app.wasm", "-v"});
  CHECK(*config.config.command == Lines{"a"});
  REQUIRE(config.config.healthcheck);
  CHECK(config.config.healthcheck->test == Lines{"CMD", "/check.wasm"});
  CHECK(config.config.healthcheck->interval == std::chrono::seconds(5));
  CHECK(config.config.healthcheck->retries == 3);
  CHECK(config.history.size() == 12);
  // Nothing was copied: the entry point is not a module, and the image gets no variant.
  CHECK(fixture.manifest(result).annotations.empty());
}

TEST_CASE("what the request says wins over the Containerfile") {
  BuildFixture fixture;
  builder::BuildRequest request = fixture.request("FROM scratch\nENV A=1\nLABEL a=1 b=1\n");
  request.environment = {"A=2", "B=3"};
  request.labels = {{"a", "2"}};
  request.unset_labels = {"b"};
  request.annotations = {{"module.wasm.image/variant", "compat-smart"}, {"x", "y"}};
  request.timestamp = 86400;
  request.platforms = {{"linux", "amd64", "", "", {}}};
  const auto result = fixture.build(request);
  const oci::ImageConfig config = fixture.config(result);
  CHECK(config.created == "1970-01-02T00:00:00Z");
  CHECK(config.platform.text() == "linux/amd64");
  CHECK(config.config.environment == Lines{"A=2", "B=3"});
  CHECK(config.config.labels == std::map<std::string, std::string>{
                                    {"a", "2"}, {"module.wasm.image/variant", "compat-smart"}});
  CHECK(fixture.manifest(result).annotations == request.annotations);
}

TEST_CASE("a docker manifest has no annotations, but the label") {
  BuildFixture fixture;
  fixture.file("app.wasm", test::kCommand);
  builder::BuildRequest request = fixture.request(kUsual);
  request.format = oci::Format::docker;
  const auto result = fixture.build(request);
  const oci::Manifest manifest = fixture.manifest(result);
  CHECK(manifest.media_type == oci::media_type::kDockerManifest);
  CHECK(manifest.config.media_type == oci::media_type::kDockerConfig);
  CHECK(manifest.layers.front().media_type == oci::media_type::kDockerLayerGzip);
  CHECK(manifest.annotations.empty());
  CHECK(fixture.config(result).config.labels.contains("module.wasm.image/variant"));
}

TEST_CASE("several platforms make an index whose images share their layers") {
  BuildFixture fixture;
  fixture.file("app.wasm", test::kCommand);
  builder::BuildRequest request = fixture.request(kUsual);
  request.platforms = {
      {"wasi", "wasm", "", "", {}}, {"linux", "amd64", "", "", {}}, {"wasi", "wasm", "", "", {}}};
  request.index_annotations = {{"a", "b"}};
  const auto result = fixture.build(request);
  const oci::Index index = oci::parse_index(fixture.text(result.root), "index");
  REQUIRE(index.manifests.size() == 2);
  CHECK(index.manifests[0].platform->text() == "wasi/wasm");
  CHECK(index.manifests[1].platform->text() == "linux/amd64");
  CHECK(index.annotations == request.index_annotations);
  CHECK(result.images[0].layers == result.images[1].layers);
}

TEST_CASE("arguments have the scopes of docker's reference") {
  BuildFixture fixture;
  builder::BuildRequest request = fixture.request(R"(ARG GLOBAL=g
ARG BASE=scratch
FROM $BASE
ARG GLOBAL
ARG OWN=o GIVEN=default
ARG TARGETPLATFORM
ENV RESULT=$GLOBAL-$OWN-$GIVEN-$TARGETPLATFORM-$TARGETOS-$UNSET
ENV OWN=env
LABEL own=$OWN
)");
  request.build_args = {{"GIVEN", "given"}, {"EXTRA", "x"}, {"HTTP_PROXY", "p"}};
  const oci::ImageConfig config = fixture.config(fixture.build(request));
  CHECK(config.config.environment == Lines{"RESULT=g-o-given-wasi/wasm--", "OWN=env"});
  CHECK(config.config.labels.at("own") == "env");
  CHECK(fixture.reporter.lines.back() ==
        "warning: --build-arg EXTRA is not used: Containerfile has no ARG EXTRA");
}

TEST_CASE("WORKDIR's directory goes into the next layer, or one of its own") {
  BuildFixture fixture;
  fixture.file("f", "x");
  const auto next = fixture.build("FROM scratch\nWORKDIR /a\nWORKDIR b\nCOPY f .\n");
  CHECK(fixture.layer(next, 0) ==
        Lines{"directory 755 0:0 a", "directory 755 0:0 a/b", "file 644 0:0 a/b/f \"x\""});
  CHECK(fixture.config(next).config.working_directory == "/a/b");
  const auto own = fixture.build("FROM scratch\nCOPY f /\nWORKDIR /a\nENV x=y\n");
  REQUIRE(own.images.front().layers.size() == 2);
  CHECK(fixture.layer(own, 1) == Lines{"directory 755 0:0 a"});
  const oci::ImageConfig config = fixture.config(own);
  REQUIRE(config.history.size() == 3);
  CHECK_FALSE(config.history[1].is_empty_layer);
  CHECK(config.history[1].created_by == "WORKDIR /a");
  CHECK(config.history[2].is_empty_layer);
}

TEST_CASE("variables and the history can be left out") {
  BuildFixture fixture;
  builder::BuildRequest request = fixture.request("FROM scratch\nENV A=1 B=2 BB=3\nWORKDIR /w\n");
  request.environment = {"C=4"};
  request.unset_environment = {"B", "C", "unknown"};
  request.omits_history = true;
  const oci::ImageConfig config = fixture.config(fixture.build(request));
  CHECK(config.config.environment == Lines{"A=1", "BB=3"});
  CHECK(config.history.empty());
  CHECK(config.diff_ids.size() == 1);
}

TEST_CASE("WORKDIR's directory belongs to the user whom USER has set") {
  BuildFixture fixture;
  fixture.file("f", "x");
  const auto built = fixture.build(
      "FROM scratch\nWORKDIR /a\nUSER 7\nWORKDIR /a/b/c\nUSER 8:9\nWORKDIR /d\nUSER name\n"
      "WORKDIR /e\nCOPY f /\n");
  CHECK(fixture.layer(built, 0) == Lines{"directory 755 0:0 a", "directory 755 7:7 a/b",
                                         "directory 755 7:7 a/b/c", "directory 755 8:9 d",
                                         "directory 755 0:0 e", "file 644 0:0 f \"x\""});
}

TEST_CASE("what is not there yet is refused with line and reason") {
  BuildFixture fixture;
  fixture.file("f", "x");
  struct Case {
    const char* text;
    const char* message;
  };
  constexpr Case kCases[] = {
      {"FROM scratch\nRUN make\n",
       "Containerfile:2: RUN is not supported yet: an image from scratch has no program to run"},
      {"FROM alpine:3\n",
       "Containerfile:1:6: the base image \"alpine:3\" is not supported yet; only scratch is"},
      {"FROM scratch AS a\nFROM a\n",
       "Containerfile:2:6: a stage on top of the stage \"a\" is not supported yet"},
      {"FROM scratch\nCOPY --from=x f /\n",
       "Containerfile:2:13: copying from the stage or image \"x\" is not supported yet"},
      {"FROM scratch\nADD https://example.invalid/x /\n",
       "Containerfile:2:5: adding from a URL is not supported yet: https://example.invalid/x"},
  };
  for (const Case& c : kCases) {
    INFO(c.text);
    CHECK(error_of_build(fixture, c.text) == c.message);
    CHECK(test::kind_of_error([&] { (void)fixture.build(c.text); }) == "unsupported");
  }
  // A stage that the target does not need may do all of it.
  CHECK_NOTHROW(fixture.build("FROM rust AS builder\nRUN cargo build\nFROM scratch\nCOPY f /\n"));
}

TEST_CASE("a target is a stage's name or number") {
  BuildFixture fixture;
  builder::BuildRequest request =
      fixture.request("FROM scratch AS One\nLABEL n=1\nFROM scratch\nLABEL n=2\n");
  CHECK(fixture.config(fixture.build(request)).config.labels.at("n") == "2");
  for (const char* target : {"one", "ONE", "0"}) {
    request.target = target;
    CHECK(fixture.config(fixture.build(request)).config.labels.at("n") == "1");
  }
  request.target = "two";
  CHECK(test::error_of([&] { (void)fixture.build(request); }) ==
        "Containerfile has no stage \"two\"");
}

TEST_CASE("a broken module ends the build with its place, and leaves nothing half-written") {
  if (!test::has_wasmtime()) return;
  BuildFixture fixture;
  // The function's body is "drop" with nothing on the stack.
  const std::string broken =
      test::kCommand.substr(0, 30) + std::string("\x0a\x05\x01\x03\x00\x1a\x0b", 7);
  fixture.file("app.wasm", broken);
  CHECK(
      error_of_build(fixture, kUsual) ==
      "Containerfile:2: app.wasm: byte 0x23: type mismatch: expected a type but nothing on stack");
  fixture.file("app.wasm", test::kCommand.substr(0, 33));
  CHECK(error_of_build(fixture, kUsual).starts_with("Containerfile:2: app.wasm: byte 0x"));
  CHECK(count_temporary_files(fixture) == 0);
  store::LayoutStore store(fixture.store_root(), store::Access::read);
  CHECK(store.images().empty());
  CHECK(store.disk_usage() == 0);
}

TEST_CASE("\"check=error\" keeps a file with findings from being built") {
  BuildFixture fixture;
  for (const char* options : {"error=true", "error=1", "error=True", "skip=ShellForm; error = t"})
    CHECK(error_of_build(fixture,
                         "# check=" + std::string(options) + "\nFROM scratch\nMAINTAINER ana\n") ==
          "Containerfile:3: MAINTAINER is deprecated [MaintainerDeprecated]");
  for (const char* options : {"error=false", "error=0", "skip=error=true", "error=1;skip=all"})
    CHECK(error_of_build(fixture, "# check=" + std::string(options) +
                                      "\nFROM scratch\nMAINTAINER ana\n") == "(no error)");
  auto request = fixture.request("# check=skip=all\nFROM scratch\nMAINTAINER ana\n");
  request.build_args["BUILDKIT_DOCKERFILE_CHECK"] = "skip=ShellForm;error=true";
  CHECK(test::error_of([&] { (void)fixture.build(request); }) ==
        "Containerfile:3: MAINTAINER is deprecated [MaintainerDeprecated]");
  CHECK(error_of_build(fixture, "# check=error=maybe\nFROM scratch\n") ==
        "Containerfile:1:9: check option error is \"maybe\", neither true nor false");
}

TEST_CASE("a stage is found by the name that its variables make") {
  BuildFixture fixture;
  auto request = fixture.request(
      "ARG NAME=app\nFROM scratch AS $NAME-1\nLABEL n=1\n"
      "FROM scratch AS 2nd\nLABEL n=2\nFROM scratch\n");
  request.target = "App-1";
  CHECK(fixture.config(fixture.build(request)).config.labels.at("n") == "1");
  request.target = "2nd";
  CHECK(fixture.config(fixture.build(request)).config.labels.at("n") == "2");
  request.build_args["NAME"] = "lib";
  request.target = "app-1";
  CHECK(test::error_of([&] { (void)fixture.build(request); }) ==
        "Containerfile has no stage \"app-1\"");
}

TEST_CASE("FROM --platform is the platform of its stage") {
  BuildFixture fixture;
  builder::BuildRequest request = fixture.request(
      "ARG P=linux/arm64/v8\nFROM --platform=$P scratch\nARG TARGETPLATFORM\n"
      "LABEL p=$TARGETPLATFORM\n");
  const oci::ImageConfig config = fixture.config(fixture.build(request));
  CHECK(config.platform.text() == "linux/arm64/v8");
  CHECK(config.config.labels.at("p") == "wasi/wasm");
  CHECK(error_of_build(fixture, "FROM --platform=nonsense/// scratch\n")
            .starts_with("Containerfile:1:17: platform \"nonsense///\""));
  CHECK(error_of_build(fixture, "FROM --platform=$NONE scratch\n") ==
        "Containerfile:1:17: the platform \"$NONE\" is empty after expansion");
}

TEST_CASE("the time is the option's, else SOURCE_DATE_EPOCH's") {
  BuildFixture fixture;
  const auto created = [&](const builder::BuildRequest& request) {
    return fixture.config(fixture.build(request)).created;
  };
  builder::BuildRequest request = fixture.request(
      "ARG SOURCE_DATE_EPOCH=172800\nFROM scratch\nARG SOURCE_DATE_EPOCH\n"
      "LABEL t=$SOURCE_DATE_EPOCH\n");
  CHECK(created(request) == "1970-01-03T00:00:00Z");
  request.build_args = {{"SOURCE_DATE_EPOCH", "259200"}};
  CHECK(created(request) == "1970-01-04T00:00:00Z");
  CHECK(fixture.config(fixture.build(request)).config.labels.at("t") == "259200");
  request.timestamp = 86400;
  CHECK(created(request) == "1970-01-02T00:00:00Z");
  // Without an ARG, too; and nobody is told that it is not used.
  request = fixture.request("FROM scratch\n");
  request.build_args = {{"SOURCE_DATE_EPOCH", "259200"}};
  fixture.reporter.lines.clear();
  CHECK(created(request) == "1970-01-04T00:00:00Z");
  CHECK(fixture.reporter.lines == Lines{"STEP 1/1: FROM scratch"});
  for (const char* none : {"", "context"}) {
    request.build_args = {{"SOURCE_DATE_EPOCH", none}};
    CHECK(created(request) == "1970-01-01T00:00:00Z");
  }
  request.build_args = {{"SOURCE_DATE_EPOCH", "now"}};
  CHECK(test::error_of([&] { (void)fixture.build(request); }) ==
        "SOURCE_DATE_EPOCH is \"now\", not a number of seconds since 1970");
  CHECK(error_of_build(fixture, "ARG SOURCE_DATE_EPOCH=-1\nFROM scratch\n") ==
        "Containerfile:1:23: SOURCE_DATE_EPOCH is \"-1\", not a number of seconds since 1970");
}

TEST_CASE("steps of several platforms name theirs") {
  BuildFixture fixture;
  builder::BuildRequest request = fixture.request("FROM scratch\nENV A=1\n");
  request.platforms = {{"wasi", "wasm", "", "", {}}, {"linux", "arm64", "", "", {}}};
  (void)fixture.build(request);
  CHECK(fixture.reporter.lines ==
        Lines{"STEP 1/2 [wasi/wasm]: FROM scratch", "STEP 2/2 [wasi/wasm]: ENV A=1",
              "STEP 1/2 [linux/arm64]: FROM scratch", "STEP 2/2 [linux/arm64]: ENV A=1"});
}
