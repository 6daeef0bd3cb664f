#include "modulah/runner/engines.h"

#include <nlohmann/json.hpp>

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using namespace modulah::runner;
using modulah::test::error_of;
using wasm::Access;

namespace {

using Words = std::vector<std::string>;

RunSpec spec() {
  RunSpec spec;
  spec.args = {"app.wasm", "-x", "two words"};
  spec.module_path = "/app.wasm";
  spec.environment = {"A=1", "B=x y"};
  spec.volumes = {{"/host/data", "/data", Access::read_write}};
  return spec;
}

const RunFiles kFiles{.root = "/cache/root", .module = "/cache/root/app.wasm"};

Words command(EngineId id, const RunSpec& of) {
  return engine_command(id, "/bin/it", of, kFiles).args;
}

/// "GUEST=HOST:access" for each directory.
Words told(const std::vector<wasm::GuestDirectory>& directories) {
  Words lines;
  for (const auto& d : directories)
    lines.push_back(d.guest + "=" + d.host.string() +
                    (d.access == Access::read_only ? ":ro" : ":rw"));
  return lines;
}

}  // namespace

TEST_CASE("every engine is found by its name") {
  for (const EngineInfo& info : engine_table()) {
    CHECK(parse_engine(info.name) == info.id);
    CHECK(engine_info(info.id).name == info.name);
  }
  CHECK(error_of([] { (void)parse_engine("v8"); }) ==
        "engine \"v8\" is none of embedded, wasmtime, wasmedge, wasmer, iwasm, node, crun");
}

TEST_CASE("each engine gets arguments, variables and directories in its own way") {
  CHECK(command(EngineId::wasmtime, spec()) ==
        Words{"/bin/it", "run", "--argv0", "app.wasm", "--dir", "/cache/root::/", "--dir",
              "/host/data::/data", "--env", "A=1", "--env", "B=x y", "--", "/cache/root/app.wasm",
              "-x", "two words"});
  CHECK(command(EngineId::wasmedge, spec()) ==
        Words{"/bin/it", "--dir", "/:/cache/root", "--dir", "/data:/host/data", "--env", "A=1",
              "--env", "B=x y", "--", "/cache/root/app.wasm", "-x", "two words"});
  CHECK(command(EngineId::wasmer, spec()) ==
        Words{"/bin/it", "run", "--mapdir", "/:/cache/root", "--mapdir", "/data:/host/data",
              "--env", "A=1", "--env", "B=x y", "/cache/root/app.wasm", "--", "-x", "two words"});
  CHECK(command(EngineId::iwasm, spec()) ==
        Words{"/bin/it", "--stack-size=1048576", "--map-dir=/::/cache/root",
              "--map-dir=/data::/host/data", "--env=A=1", "--env=B=x y", "/cache/root/app.wasm",
              "-x", "two words"});
}

TEST_CASE("a wasmer that has --volume is given it") {
  CHECK(help_arguments(EngineId::wasmer) == Words{"run", "--help"});
  for (const EngineInfo& info : engine_table())
    CHECK((info.id == EngineId::wasmer) != help_arguments(info.id).empty());
  CHECK(engine_command(EngineId::wasmer, "/bin/it", spec(), kFiles,
                       "      --volume <[HOST_DIR:]GUEST_DIR>")
            .args == Words{"/bin/it", "run", "--volume", "/cache/root:/", "--volume",
                           "/host/data:/data", "--env", "A=1", "--env", "B=x y",
                           "/cache/root/app.wasm", "--", "-x", "two words"});
}

TEST_CASE("what an engine does otherwise is told") {
  RunSpec in_work = spec();
  in_work.working_directory = "/work";
  for (const EngineInfo& info : engine_table())
    if (info.id != EngineId::crun) CHECK(engine_warnings(info.id, in_work).empty());
  CHECK(
      engine_warnings(EngineId::crun, in_work) ==
      Words{"engine crun does not return the guest's exit status: it may be 0 whatever the guest's "
            "status is",
            "engine crun starts the guest in /, not in /work"});
  CHECK(engine_warnings(EngineId::crun, spec()).size() == 1);
}

TEST_CASE("node gets a program, and what to run in a variable") {
  const CommandLine line = engine_command(EngineId::node, "/bin/node", spec(), kFiles);
  REQUIRE(line.args.size() == 4);
  CHECK(line.args[0] == "/bin/node");
  CHECK(line.args[2] == "-e");
  REQUIRE(line.environment.size() == 1);
  CHECK(line.environment[0] ==
        R"(MODULAH_RUN_SPEC={"module":"/cache/root/app.wasm","args":["app.wasm","-x","two words"],)"
        R"("env":{"A":"1","B":"x y"},"preopens":{"/":"/cache/root","/data":"/host/data"},)"
        R"("function":""})");
}

TEST_CASE("a function by name is passed to the engines that can call one") {
  RunSpec with_function = spec();
  with_function.function = "go";
  with_function.environment.clear();
  with_function.volumes.clear();
  CHECK(command(EngineId::wasmtime, with_function) ==
        Words{"/bin/it", "run", "--argv0", "app.wasm", "--dir", "/cache/root::/", "--invoke", "go",
              "--", "/cache/root/app.wasm", "-x", "two words"});
  CHECK(command(EngineId::wasmedge, with_function) ==
        Words{"/bin/it", "--reactor", "--dir", "/:/cache/root", "--", "/cache/root/app.wasm", "go",
              "-x", "two words"});
}

TEST_CASE("what an engine cannot do is refused, not left out") {
  RunSpec read_only = spec();
  read_only.volumes[0].access = Access::read_only;
  for (const EngineId id :
       {EngineId::wasmtime, EngineId::wasmedge, EngineId::wasmer, EngineId::iwasm, EngineId::node})
    CHECK(error_of([&] { (void)command(id, read_only); }) ==
          "engine " + std::string(engine_info(id).name) + " cannot show /data read-only");
  RunSpec colon = spec();
  colon.volumes[0].host = "/host/a:b";
  CHECK(error_of([&] { (void)command(EngineId::wasmedge, colon); }) ==
        "wasmedge cannot map /data to /host/a:b: a path contains \":\"");
  CHECK(error_of([&] { (void)command(EngineId::embedded, spec()); }) ==
        "engine embedded is not run by a command line alone");
}

TEST_CASE("the guest sees the image read-only at / and the volumes") {
  CHECK(told(guest_directories(spec(), kFiles)) ==
        Words{"/=/cache/root:ro", "/data=/host/data:rw"});
}

TEST_CASE("a volume at / takes the image's place") {
  RunSpec over = spec();
  over.volumes = {{"/host", "/", Access::read_write}};
  CHECK(told(guest_directories(over, kFiles)) == Words{"/=/host:rw"});
}

TEST_CASE("a working directory is shown as .") {
  RunSpec in_work = spec();
  in_work.working_directory = "/work/deep";
  in_work.volumes.push_back({"/host/more", "/work/deep/more", Access::read_only});
  RunFiles files = kFiles;
  files.working_directory = "/cache/view";
  files.root_directories = {"etc", "work"};
  CHECK(told(guest_directories(in_work, files)) ==
        Words{"/=/cache/root:ro", ".=/cache/view:ro", "more=/host/more:ro", "/data=/host/data:rw",
              "/work/deep/more=/host/more:ro"});
}

TEST_CASE("a working directory in a volume is the volume's, with its access") {
  RunFiles files = kFiles;
  files.working_directory = "/cache/root";
  files.root_directories = {"bin", "etc"};
  RunSpec in_volume = spec();
  in_volume.working_directory = "/data/sub";
  CHECK(told(guest_directories(in_volume, files)) ==
        Words{"/=/cache/root:ro", "/bin=/cache/root/bin:ro", "/etc=/cache/root/etc:ro",
              ".=/host/data/sub:rw", "/data=/host/data:rw"});
  in_volume.working_directory = "/data";
  CHECK(told(guest_directories(in_volume, kFiles)) ==
        Words{"/=/cache/root:ro", ".=/host/data:rw", "/data=/host/data:rw"});
  in_volume.working_directory = "/data2";
  CHECK(told(guest_directories(in_volume, files)) ==
        Words{"/=/cache/root:ro", ".=/cache/root:ro", "/data=/host/data:rw"});
}

TEST_CASE("a bundle says what crun needs to take its Wasm handler") {
  RunSpec bundled = spec();
  bundled.volumes.push_back({"/host/ro", "/ro", Access::read_only});
  bundled.working_directory = "/work";
  const nlohmann::json config = nlohmann::json::parse(
      bundle_config(bundled, kFiles, {{"run.oci.handler", "wasm"}, {"org.example.x", "y"}}));
  CHECK(config["process"]["args"] == nlohmann::json({"/app.wasm", "-x", "two words"}));
  CHECK(config["process"]["env"] == nlohmann::json({"A=1", "B=x y"}));
  CHECK(config["process"]["cwd"] == "/work");
  CHECK(config["root"] == nlohmann::json({{"path", "/cache/root"}, {"readonly", true}}));
  CHECK(config["annotations"] ==
        nlohmann::json({{"module.wasm.image/variant", "compat"}, {"org.example.x", "y"}}));
  CHECK(config["mounts"].size() == 4);
  CHECK(config["mounts"][2] == nlohmann::json({{"destination", "/data"},
                                               {"type", "bind"},
                                               {"source", "/host/data"},
                                               {"options", {"rbind", "rw"}}}));
  CHECK(config["mounts"][3]["options"] == nlohmann::json({"rbind", "ro"}));
}

TEST_CASE("the image's own variant is kept in the bundle") {
  const nlohmann::json config = nlohmann::json::parse(
      bundle_config(spec(), kFiles, {{"module.wasm.image/variant", "compat-smart"}}));
  CHECK(config["annotations"]["module.wasm.image/variant"] == "compat-smart");
}
