#include "modulah/runner/run_spec.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using namespace modulah::runner;
using modulah::test::error_of;
using modulah::test::kind_of_error;

namespace {

using Words = std::vector<std::string>;

oci::ImageConfig image(std::optional<Words> entrypoint, std::optional<Words> command) {
  oci::ImageConfig config;
  config.config.entrypoint = std::move(entrypoint);
  config.config.command = std::move(command);
  return config;
}

RunSpec spec_of(const oci::ImageConfig& config, const RunOverrides& overrides = {}) {
  return make_run_spec(config, overrides, "app");
}

}  // namespace

TEST_CASE("what runs is put together as docker and podman do") {
  struct Case {
    std::optional<Words> entrypoint;
    std::optional<Words> command;
    std::optional<Words> override;
    Words args;
    Words wanted;
  };
  const Case cases[] = {
      {{}, Words{"/a.wasm"}, {}, {}, {"/a.wasm"}},
      {{}, Words{"/a.wasm", "x"}, {}, {"/b.wasm", "y"}, {"/b.wasm", "y"}},
      {Words{"/a.wasm"}, {}, {}, {"y"}, {"/a.wasm", "y"}},
      {Words{"/a.wasm"}, Words{"x"}, {}, {}, {"/a.wasm", "x"}},
      {Words{"/a.wasm"}, Words{"x"}, {}, {"y", ""}, {"/a.wasm", "y", ""}},
      {Words{"/a.wasm"}, Words{"x"}, Words{"/c.wasm", "z"}, {}, {"/c.wasm", "z"}},
      {Words{"/a.wasm"}, Words{"x"}, Words{"/c.wasm"}, {"y"}, {"/c.wasm", "y"}},
      {Words{"/a.wasm"}, Words{"x"}, Words{""}, {"/d.wasm"}, {"/d.wasm"}},
      {Words{"/a.wasm"}, Words{"x"}, Words{}, {"/d.wasm"}, {"/d.wasm"}},
  };
  for (const Case& c : cases) {
    RunOverrides overrides;
    overrides.entrypoint = c.override;
    overrides.args = c.args;
    CHECK(spec_of(image(c.entrypoint, c.command), overrides).args == c.wanted);
  }
}

TEST_CASE("an image that says nothing to run is refused") {
  CHECK(error_of([] { (void)spec_of(image({}, {})); }) ==
        "image app does not say what to run, and neither does the command line");
  RunOverrides reset;
  reset.entrypoint = Words{""};
  CHECK(kind_of_error([&] { (void)spec_of(image(Words{"/a.wasm"}, Words{"x"}), reset); }) ==
        "invalid");
}

TEST_CASE("a command for a shell is refused") {
  CHECK(error_of([] {
          (void)spec_of(image({}, Words{"/bin/sh", "-c", "/a.wasm"}));
        }) == "image app requires a shell (/bin/sh -c …), which a Wasm module does not have");
}

TEST_CASE("the module's path is seen from the working directory") {
  struct Case {
    const char* program;
    const char* directory;
    const char* wanted;
  };
  constexpr Case kCases[] = {
      {"/a.wasm", "/work", "/a.wasm"},          {"a.wasm", "", "/a.wasm"},
      {"a.wasm", "/work", "/work/a.wasm"},      {"./a.wasm", "/work/x", "/work/x/a.wasm"},
      {"../a.wasm", "/work", "/a.wasm"},        {"../../../a.wasm", "/", "/a.wasm"},
      {"a.wasm", "work//x/", "/work/x/a.wasm"},
  };
  for (const Case& c : kCases) {
    oci::ImageConfig config = image({}, Words{c.program});
    config.config.working_directory = c.directory;
    const RunSpec spec = spec_of(config);
    CHECK(spec.module_path == c.wanted);
    CHECK(spec.args.front() == c.program);
  }
}

TEST_CASE("PATH#FUNCTION names a function of the module") {
  const RunSpec spec = spec_of(image({}, Words{"/a.wasm#go", "x"}));
  CHECK(spec.function == "go");
  CHECK(spec.args == Words{"/a.wasm", "x"});
  CHECK(spec.module_path == "/a.wasm");
  CHECK(spec_of(image({}, Words{"/a#b"})).module_path == "/a#b");
  CHECK(spec_of(image({}, Words{"/a.wasm#"})).module_path == "/a.wasm#");
}

TEST_CASE("the user's variables take the places of the image's, and nothing is added") {
  oci::ImageConfig config = image({}, Words{"/a.wasm"});
  config.config.environment = {"A=1", "B=2", "C=x=y"};
  RunOverrides overrides;
  overrides.environment = {"B=3", "D=", "D=4"};
  CHECK(spec_of(config, overrides).environment == Words{"A=1", "B=3", "C=x=y", "D=4"});
  overrides.environment = {"D"};
  CHECK(error_of([&] { (void)spec_of(config, overrides); }) == "variable \"D\" is not NAME=value");
}

TEST_CASE("a malformed variable of the image is left out with a note") {
  oci::ImageConfig config = image({}, Words{"/a.wasm"});
  config.config.environment = {"A=1", "broken", "=x"};
  const RunSpec spec = spec_of(config);
  CHECK(spec.environment == Words{"A=1"});
  CHECK(spec.notes == Words{"the image's variable \"broken\" is not NAME=value and is ignored",
                            "the image's variable \"=x\" is not NAME=value and is ignored"});
}

TEST_CASE("a working directory other than / is told by PWD too") {
  oci::ImageConfig config = image({}, Words{"/a.wasm"});
  config.config.working_directory = "/image";
  CHECK(spec_of(config).environment == Words{"PWD=/image"});
  RunOverrides overrides;
  overrides.working_directory = "/user/../mine/";
  const RunSpec spec = spec_of(config, overrides);
  CHECK(spec.working_directory == "/mine");
  CHECK(spec.environment == Words{"PWD=/mine"});
  overrides.environment = {"PWD=/said"};
  CHECK(spec_of(config, overrides).environment == Words{"PWD=/said"});
  overrides.working_directory = "relative";
  CHECK(error_of([&] { (void)spec_of(config, overrides); }) ==
        "working directory \"relative\" does not begin with /");
}

TEST_CASE("what of the image has no meaning is noted") {
  oci::ImageConfig config = image({}, Words{"/a.wasm"});
  config.config.user = "1000:1000";
  config.config.volumes = {"/data", "/given/deep"};
  RunOverrides overrides;
  overrides.volumes = {{"/host", "/given", wasm::Access::read_write}};
  CHECK(spec_of(config, overrides).notes ==
        Words{"the image's USER 1000:1000 is ignored: a Wasm module runs as you",
              "the image's VOLUME /data is read-only; mount a directory with -v DIR:/data"});
  config.config.user = "root";
  config.config.volumes = {};
  CHECK(spec_of(config).notes.empty());
}

TEST_CASE("parse_volume reads what podman's users write") {
  using wasm::Access;
  struct Case {
    const char* text;
    Volume wanted;
  };
  const Case cases[] = {
      {"/h:/g", {"/h", "/g", Access::read_write}},
      {"/h:/g:ro", {"/h", "/g", Access::read_only}},
      {"/h:/g:rw", {"/h", "/g", Access::read_write}},
      {"/h:/g:ro,Z", {"/h", "/g", Access::read_only}},
      {"./d:/g/", {"/cwd/d", "/g", Access::read_write}},
      {"../d:/g/../x", {"/d", "/x", Access::read_write}},
      {"a/b:/g", {"/cwd/a/b", "/g", Access::read_write}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(parse_volume(c.text, "/cwd") == c.wanted);
  }
}

TEST_CASE("parse_volume names what is wrong") {
  struct Case {
    const char* text;
    const char* message;
  };
  constexpr Case kCases[] = {
      {"/data", "volume \"/data\" has no \":\""},
      {":/g", "volume \":/g\" has no host directory before the \":\""},
      {"data:/g", "volume \"data:/g\" is a named volume, which is not supported"},
      {"/h:g", "volume \"/h:g\" has the guest path \"g\", which does not begin with /"},
      {"/h:/g:no", "volume \"/h:/g:no\" has the unknown option \"no\""},
  };
  for (const Case& c : kCases) {
    CHECK(error_of([&] { (void)parse_volume(c.text, "/cwd"); }) == c.message);
    CHECK(kind_of_error([&] { (void)parse_volume(c.text, "/cwd"); }) == "usage");
  }
}

TEST_CASE("parse_entrypoint reads a JSON array or one path") {
  CHECK(parse_entrypoint("/a.wasm") == Words{"/a.wasm"});
  CHECK(parse_entrypoint("") == Words{""});
  CHECK(parse_entrypoint(R"(["/a.wasm","-v"])") == Words{"/a.wasm", "-v"});
  CHECK(parse_entrypoint("[]").empty());
  for (const char* text : {"[\"a\"", "[1]", "[\"a\",null]"})
    CHECK(error_of([&] { (void)parse_entrypoint(text); }) ==
          std::string("entrypoint ") + text + " is not a JSON array of strings");
}
