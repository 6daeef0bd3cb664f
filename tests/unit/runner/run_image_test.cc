// Images that are run, by the real Wasmtime and by programs that stand in for engines.
#include <cstdio>
#include <memory>

#include <unistd.h>

#include "modulah/image/tar.h"
#include "modulah/layer/tar_reader.h"
#include "modulah/oci/index.h"
#include "modulah/oci/media_type.h"
#include "modulah/runner/run.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "modulah_test/memory_store.h"
#include "modulah_test/skip.h"
#include "scratch.h"
#include "wasmtime_fixture.h"

using namespace modulah;
using namespace modulah::runner;
using modulah::test::error_of;
using modulah::test::MemoryStore;
using modulah::test::Scratch;
using modulah::wasm::test::binary_of;
using modulah::wasm::test::is_wasmtime_here;
using modulah::wasm::test::kLibrary;

namespace {

using Words = std::vector<std::string>;

/// A guest that ends with WASI's error number of opening `path` (0: it could).
std::string opens(const std::string& path, bool is_creating = false) {
  return binary_of(R"((module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "path_open" (func $open
      (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 512) ")" +
                   path + R"(")
    (func (export "_start") (call $exit (call $open (i32.const 3) (i32.const 1) (i32.const 512)
      (i32.const )" +
                   std::to_string(path.size()) + ") (i32.const " + (is_creating ? "1" : "0") +
                   ") (i64.const " + (is_creating ? "66" : "2") +
                   ") (i64.const 0) (i32.const 0) (i32.const 16)))))");
}

std::string exits_with(int status) {
  return binary_of(
      "(module (import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32))) (memory "
      "(export \"memory\") 1) (func (export \"_start\") (call $exit (i32.const " +
      std::to_string(status) + "))))");
}

struct File {
  std::string path;
  std::string content;
};

File file(std::string path, std::string content) { return {std::move(path), std::move(content)}; }

std::string tar_of(const std::vector<File>& files) {
  std::string tar;
  for (const File& file : files) {
    image::TarEntry entry;
    entry.path = file.path;
    entry.mode = 0755;
    entry.size = file.content.size();
    image::append_tar_header(tar, entry);
    tar += file.content;
    tar.append(image::tar_padding(entry.size), '\0');
  }
  return tar.append(image::kTarEndBytes, '\0');
}

/// A store with one image, and a request to run it.
struct Fixture {
  Fixture(std::initializer_list<std::vector<File>> layers) {
    if (std::filesystem::exists(kLibrary[0])) (void)wasm::test::engine();  // Its signal handlers.
    oci::ImageConfig config;
    config.platform = oci::Platform::parse("wasi/wasm");
    config.config.command = Words{"/app.wasm"};
    std::vector<oci::Descriptor> blobs;
    for (const auto& layer : layers) {
      const std::string tar = tar_of(layer);
      config.diff_ids.push_back(oci::Digest::of(tar));
      blobs.push_back(store.add(oci::media_type::kOciLayer, tar));
    }
    put(config, std::move(blobs));
  }

  void put(const oci::ImageConfig& config, std::vector<oci::Descriptor> layers) {
    oci::Manifest manifest{.media_type = std::string(oci::media_type::kOciManifest),
                           .artifact_type = {},
                           .config = store.add(oci::media_type::kOciConfig, oci::to_json(config)),
                           .layers = std::move(layers),
                           .subject = {},
                           .annotations = {}};
    request.image = "app";
    root = store.add(oci::media_type::kOciManifest, oci::to_json(manifest));
    request.cache_directory = scratch.path / "cache";
    request.wasmtime_libraries = {kLibrary[0]};
  }

  RunResult run() { return run_image(store, root, request, silent_reporter()); }

  Scratch scratch;
  MemoryStore store;
  oci::Descriptor root{{}, oci::Digest::of(""), 0};
  RunRequest request;
};

std::string failure_of(const RunResult& result) {
  return result.failure ? result.failure->message() : "(no failure)";
}

}  // namespace

TEST_CASE("the platform that is asked for is run, or those that are there are named") {
  if (!is_wasmtime_here()) return;
  Fixture fixture{{file("app.wasm", exits_with(1))}};
  const auto add = [&](const char* platform, int status) {
    oci::ImageConfig config;
    config.platform = oci::Platform::parse(platform);
    config.config.command = Words{"/app.wasm"};
    const std::string tar = tar_of({file("app.wasm", exits_with(status))});
    config.diff_ids = {oci::Digest::of(tar)};
    fixture.put(config, {fixture.store.add(oci::media_type::kOciLayer, tar)});
    fixture.root.platform = config.platform;
    return fixture.root;
  };
  oci::Index index;
  index.media_type = oci::media_type::kOciIndex;
  index.manifests = {add("linux/amd64", 3), add("wasi/wasm", 4), add("linux/arm64/v8", 5)};
  const oci::Descriptor single = index.manifests[1];
  fixture.root = fixture.store.add(oci::media_type::kOciIndex, oci::to_json(index));
  CHECK(fixture.run().exit_status == 4);
  fixture.request.platform = oci::Platform::parse("linux/amd64");
  CHECK(fixture.run().exit_status == 3);
  fixture.request.platform = oci::Platform::parse("linux/s390x");
  CHECK(error_of([&] { (void)fixture.run(); }) ==
        "image app is not for linux/s390x, but for linux/amd64, wasi/wasm, linux/arm64/v8");
  fixture.root = single;
  CHECK(error_of([&] { (void)fixture.run(); }) ==
        "image app is not for linux/s390x, but for wasi/wasm");
  fixture.request.platform = oci::Platform::parse("wasi/wasm");
  CHECK(fixture.run().exit_status == 4);
}

TEST_CASE("an image's module is run and its status comes back") {
  if (!is_wasmtime_here()) return;
  Fixture fixture{{file("app.wasm", exits_with(7))}};
  const RunResult result = fixture.run();
  CHECK(failure_of(result) == "(no failure)");
  CHECK(result.exit_status == 7);
  CHECK(result.engine == EngineId::embedded);
}

TEST_CASE("the second run reads the manifest and the configuration only") {
  if (!is_wasmtime_here()) return;
  Fixture fixture{{file("app.wasm", exits_with(7))}};
  CHECK(fixture.run().exit_status == 7);
  const int before = fixture.store.open_count;
  CHECK(fixture.run().exit_status == 7);
  CHECK(fixture.store.open_count - before == 2);
}

TEST_CASE("an image that is only its module shows it") {
  if (!is_wasmtime_here()) return;
  Fixture fixture{{file("app.wasm", opens("app.wasm"))}};
  CHECK(fixture.run().exit_status == 0);
}

TEST_CASE("the image's other files are seen, upper layers winning, and cannot be written") {
  if (!is_wasmtime_here()) return;
  Fixture reading(
      {{{"etc/conf", "x"}, {"app.wasm", exits_with(99)}}, {{"app.wasm", opens("etc/conf")}}});
  CHECK(reading.run().exit_status == 0);
  CHECK(reading.run().exit_status == 0);

  Fixture removed{{file("etc/conf", "x"), file("app.wasm", opens("etc/conf"))},
                  {file("etc/.wh.conf", "")}};
  CHECK(removed.run().exit_status == 44);  // ENOENT

  Fixture writing{{file("etc/conf", "x"), file("app.wasm", opens("etc/new", true))}};
  const int status = writing.run().exit_status;
  CHECK((status == 63 || status == 69));  // EPERM, EROFS
  CHECK_FALSE(std::filesystem::exists(writing.request.cache_directory / "roots" / "etc" / "new"));
}

TEST_CASE("an image that takes too much room is given up, and nothing of it is left") {
  Fixture fixture{{file("app.wasm", "x"), file("large", std::string(10'000, 'x'))}};
  fixture.request.max_unpacked_bytes = 5'000;
  CHECK_THROWS_AS(fixture.run(), layer::LimitError);
  CHECK(test::hint_of([&] { (void)fixture.run(); }) ==
        "If the image is to be trusted, allow more with --unpack-size SIZE.");
  CHECK(std::filesystem::is_empty(fixture.request.cache_directory / "roots"));
}

TEST_CASE("a run that is interrupted before the guest begins is cancelled, and leaves nothing") {
  Fixture fixture{{file("app.wasm", "x")}};
  std::stop_source interrupt;
  fixture.request.interrupt = interrupt.get_token();
  interrupt.request_stop();
  CHECK(test::kind_of_error([&] { (void)fixture.run(); }) == "cancelled");
  CHECK(std::filesystem::is_empty(fixture.request.cache_directory / "roots"));
}

TEST_CASE("links of an image that lead out of it lead to its own files") {
  if (!is_wasmtime_here()) return;
  Fixture fixture{{file("etc/conf", "x"), file("app.wasm", opens("link/etc/conf"))}};
  std::string tar = tar_of({file("etc/conf", "x"), file("app.wasm", opens("link/etc/conf"))});
  tar.resize(tar.size() - image::kTarEndBytes);
  image::TarEntry entry;
  entry.path = "link";
  entry.type = image::EntryType::symlink;
  entry.link_target = "/";
  image::append_tar_header(tar, entry);
  tar.append(image::kTarEndBytes, '\0');
  oci::ImageConfig config;
  config.platform = oci::Platform::parse("wasi/wasm");
  config.config.command = Words{"/app.wasm"};
  config.diff_ids = {oci::Digest::of(tar)};
  fixture.put(config, {fixture.store.add(oci::media_type::kOciLayer, tar)});
  CHECK(fixture.run().exit_status == 0);
}

TEST_CASE("what was trimmed from the cache is made again") {
  if (!is_wasmtime_here()) return;
  Fixture fixture{{file("etc/conf", "x"), file("app.wasm", opens("etc/conf"))}};
  const auto folders = run_cache_folders(fixture.request.cache_directory);
  CHECK(fixture.run().exit_status == 0);
  CHECK(store::trim_caches(folders, {0, 0}) > 0);
  CHECK(std::filesystem::is_empty(fixture.request.cache_directory / "code"));
  CHECK(std::filesystem::is_empty(fixture.request.cache_directory / "roots"));
  CHECK(fixture.run().exit_status == 0);
}

TEST_CASE("only a run that compiles trims the cache, when it is due") {
  if (!is_wasmtime_here()) return;
  Fixture fixture{{file("app.wasm", exits_with(7))}};
  CHECK(fixture.run().exit_status == 7);
  const std::filesystem::path& cache = fixture.request.cache_directory;
  const auto long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(30);
  std::filesystem::last_write_time(cache / "trimmed", long_ago);
  CHECK(fixture.run().exit_status == 7);
  CHECK(std::filesystem::last_write_time(cache / "trimmed") == long_ago);
  Fixture other{{file("app.wasm", exits_with(8))}};
  other.request.cache_directory = cache;
  CHECK(other.run().exit_status == 8);
  CHECK(std::filesystem::last_write_time(cache / "trimmed") > long_ago);
}

TEST_CASE("what a killed run left is removed by the next one") {
  if (!is_wasmtime_here()) return;
  Fixture fixture{{file("app.wasm", exits_with(7))}};
  CHECK(fixture.run().exit_status == 7);
  const std::filesystem::path& cache = fixture.request.cache_directory;
  fixture.scratch.write("cache/code/.tmp-1-1", "half a file");
  CHECK(fixture.run().exit_status == 7);
  CHECK_FALSE(std::filesystem::exists(cache / "code/.tmp-1-1"));
}

TEST_CASE("a volume can be written unless it is read-only") {
  if (!is_wasmtime_here()) return;
  // The volume at / is the first directory of the guest, which `opens` uses.
  Fixture fixture{{file("app.wasm", opens("new", true))}};
  std::filesystem::create_directory(fixture.scratch.path / "data");
  fixture.request.overrides.volumes = {
      {fixture.scratch.path / "data", "/", wasm::Access::read_only}};
  CHECK(fixture.run().exit_status != 0);
  CHECK_FALSE(std::filesystem::exists(fixture.scratch.path / "data" / "new"));
  fixture.request.overrides.volumes[0].access = wasm::Access::read_write;
  CHECK(fixture.run().exit_status == 0);
  CHECK(std::filesystem::exists(fixture.scratch.path / "data" / "new"));
}

TEST_CASE("a module that is not there is 127, with those that are") {
  Fixture fixture{{file("bin/other.wasm", "x"), file("b.wasm", "x"), file("text", "x")}};
  const RunResult result = fixture.run();
  CHECK(result.exit_status == 127);
  CHECK(failure_of(result) == "image app has no file /app.wasm");
  REQUIRE(result.failure);
  CHECK(result.failure->hint() == "It has /b.wasm, /bin/other.wasm.");
}

TEST_CASE("a file that is no module, or that cannot run, is 126") {
  if (!is_wasmtime_here()) return;
  Fixture native{{file("app.wasm", std::string("\177ELF\2\1\1\0\0\0\0\0", 12))}};
  RunResult result = native.run();
  CHECK(result.exit_status == 126);
  CHECK(failure_of(result) ==
        "/app.wasm: byte 0x0: not WebAssembly: begins with 7f 45 4c 46, not 00 61 73 6d");

  Fixture library{{file("app.wasm", binary_of("(module)"))}};
  result = library.run();
  CHECK(result.exit_status == 126);
  CHECK(failure_of(result) == "/app.wasm: does not export the function _start");
}

TEST_CASE("a trap is 134, with the guest's functions") {
  if (!is_wasmtime_here()) return;
  Fixture fixture(
      {{{"app.wasm", binary_of("(module $m (func $f (export \"_start\") unreachable))")}}});
  const RunResult result = fixture.run();
  CHECK(result.exit_status == 134);
  CHECK(failure_of(result) == "/app.wasm: wasm trap: wasm `unreachable` instruction executed");
  REQUIRE(result.failure.has_value());
  CHECK(result.failure->excerpt() == "    at m!f (byte 0x23)");
}

TEST_CASE("a blob that is missing is modulah's failure, not the module's") {
  if (!is_wasmtime_here()) return;
  Fixture fixture{{file("app.wasm", exits_with(0))}};
  fixture.root.digest = oci::Digest::of("something else");
  CHECK(error_of([&] { (void)fixture.run(); }) != "(no error)");
}

TEST_CASE("a volume that is not there is named before anything runs") {
  Fixture fixture{{file("app.wasm", "x")}};
  fixture.request.overrides.volumes = {{"/nowhere/data", "/data", wasm::Access::read_write}};
  CHECK(error_of([&] { (void)fixture.run(); }) == "volume /data: /nowhere/data does not exist");
}

TEST_CASE("an artifact's module is run as it is") {
  if (!is_wasmtime_here()) return;
  Fixture fixture{};
  oci::Manifest manifest{.media_type = std::string(oci::media_type::kOciManifest),
                         .artifact_type = {},
                         .config = fixture.store.add(oci::media_type::kWasmConfig, "{}"),
                         .layers = {fixture.store.add(oci::media_type::kWasmLayer, exits_with(9))},
                         .subject = {},
                         .annotations = {}};
  fixture.root = fixture.store.add(oci::media_type::kOciManifest, oci::to_json(manifest));
  CHECK(fixture.run().exit_status == 9);
}

TEST_CASE("a cache that others may write to is refused") {
  Fixture fixture{{file("app.wasm", "x")}};
  std::filesystem::create_directory(fixture.request.cache_directory);
  std::filesystem::permissions(fixture.request.cache_directory, std::filesystem::perms::all);
  CHECK(error_of([&] { (void)fixture.run(); }) ==
        "other users can write to the cache directory " + fixture.request.cache_directory.string());
}

TEST_CASE("a file of the host is run as it is") {
  if (!is_wasmtime_here()) return;
  Fixture fixture{};
  fixture.scratch.write("x.wasm", exits_with(5));
  CHECK(run_file(fixture.scratch.path / "x.wasm", fixture.request, silent_reporter()).exit_status ==
        5);
  CHECK(run_file(fixture.scratch.path / "y.wasm", fixture.request, silent_reporter()).exit_status ==
        127);
}

TEST_CASE("an engine that is not installed is named") {
  Fixture fixture{{file("app.wasm", "x")}};
  fixture.request.engine = EngineId::wasmer;
  fixture.request.search_path = fixture.scratch.path.string();
  CHECK(error_of([&] { (void)fixture.run(); }) ==
        "engine wasmer is not installed: PATH has no program of that name");
  for (const EngineInfo& info : engine_table()) {
    if (info.id == EngineId::embedded) continue;
    fixture.request.engine = info.id;
    const std::string hint = test::hint_of([&] { (void)fixture.run(); });
    CHECK(hint == info.source);
    CHECK(hint.ends_with("."));
  }
}

TEST_CASE("an installed engine is run with the module and its files, and its status passed on") {
  if (!is_wasmtime_here()) return;
  Fixture fixture{{file("app.wasm", exits_with(0)), file("etc/conf", "text")}};
  fixture.scratch.write_program("wasmedge", R"(
out="$OUT"
printf '%s\n' "$@" > "$out/args"
for last; do :; done
root=${2#/:}
cat "$root/etc/conf" > "$out/conf"
echo changed > "$root/etc/conf"
exit 42
)");
  fixture.request.engine = EngineId::wasmedge;
  fixture.request.search_path = fixture.scratch.path.string();
  fixture.request.host_environment = {"OUT=" + fixture.scratch.path.string(), "PATH=/usr/bin:/bin"};
  fixture.request.overrides.args = {"/app.wasm", "one", "two"};
  for (int i = 0; i < 2; ++i) {
    const RunResult result = fixture.run();
    CHECK(failure_of(result) == "(no failure)");
    CHECK(result.exit_status == 42);
    CHECK(result.engine == EngineId::wasmedge);
    CHECK(fixture.scratch.read("conf") == "text");  // The first run changed only its own copy.
  }
  CHECK(fixture.scratch.read("args").ends_with("app.wasm\none\ntwo\n"));
  CHECK(std::filesystem::is_empty(fixture.request.cache_directory / "tmp"));
}

TEST_CASE("without Wasmtime the first engine found is used, with a word") {
  struct Recorder : Reporter {
    void info(std::string_view) override {}
    void warning(std::string_view line) override { warnings.emplace_back(line); }
    void debug(std::string_view) override {}
    std::unique_ptr<Progress> begin(std::string_view what, std::uint64_t total) override {
      return silent_reporter().begin(what, total);
    }
    Words warnings;
  } recorder;
  Fixture fixture{{file("app.wasm", std::string("\0asm\1\0\0\0", 8))}};
  fixture.scratch.write_program("iwasm", "exit 3\n");
  fixture.request.search_path = fixture.scratch.path.string();
  fixture.request.wasmtime_libraries = {"/nowhere/libwasmtime.so"};
  const RunResult result = run_image(fixture.store, fixture.root, fixture.request, recorder);
  CHECK(result.exit_status == 3);
  CHECK(recorder.warnings ==
        Words{"no Wasmtime library found; looked for /nowhere/libwasmtime.so; using " +
              (fixture.scratch.path / "iwasm").string()});
}

TEST_CASE("an engine whose time is over is killed with 124") {
  Fixture fixture{{file("app.wasm", std::string("\0asm\1\0\0\0", 8))}};
  fixture.scratch.write_program("iwasm", "exec sleep 100\n");
  fixture.request.engine = EngineId::iwasm;
  fixture.request.search_path = fixture.scratch.path.string();
  fixture.request.host_environment = {"PATH=/usr/bin:/bin"};
  fixture.request.max_time = std::chrono::milliseconds(50);
  const RunResult result = fixture.run();
  CHECK(result.exit_status == 124);
  CHECK(failure_of(result) == "/app.wasm: timed out after 50 ms");
}

TEST_CASE("wasmer is asked which option it has for directories") {
  Fixture fixture{{file("app.wasm", std::string("\0asm\1\0\0\0", 8))}};
  fixture.scratch.write_program("wasmer", R"(
if [ "$*" = "run --help" ]; then echo "$HELP"; exit 0; fi
test "$1 $2" = "run $WANTED"
)");
  fixture.request.engine = EngineId::wasmer;
  fixture.request.search_path = fixture.scratch.path.string();
  fixture.request.host_environment = {"HELP=  --volume <[HOST_DIR:]GUEST_DIR>", "WANTED=--volume"};
  CHECK(fixture.run().exit_status == 0);
  fixture.request.host_environment = {"HELP=  --mapdir <GUEST_DIR:HOST_DIR>", "WANTED=--mapdir"};
  CHECK(fixture.run().exit_status == 0);
}

TEST_CASE("an engine that cannot run components says so") {
  Fixture fixture{{file("app.wasm", std::string("\0asm\x0d\0\1\0", 8))}};
  fixture.scratch.write_program("iwasm", "exit 0\n");
  fixture.request.engine = EngineId::iwasm;
  fixture.request.search_path = fixture.scratch.path.string();
  const RunResult result = fixture.run();
  CHECK(result.exit_status == 126);
  CHECK(failure_of(result) == "/app.wasm: is a component, which engine iwasm does not support");
}

namespace {

/// The first number of the version of the node on PATH; 0 when it does not say.
int node_major() {
  const std::unique_ptr<FILE, int (*)(FILE*)> out(popen("node --version", "r"), pclose);
  int major = 0;
  if (!out || std::fscanf(out.get(), "v%d", &major) != 1) return 0;
  return major;
}

}  // namespace

TEST_CASE("a real node runs a module and passes its status on") {
  if (!is_wasmtime_here()) return;
  Fixture fixture{{file("app.wasm", opens("etc/conf")), file("etc/conf", "x")}};
  fixture.request.engine = EngineId::node;
  fixture.request.search_path = "/usr/local/bin:/usr/bin:/bin";
  if (!find_engine(EngineId::node, fixture.request.search_path)) {
    modulah::test::skip("node is not installed");
    return;
  }
  if (node_major() < 20) {
    modulah::test::skip("node is older than 20");
    return;
  }
  CHECK(fixture.run().exit_status == 0);
}

TEST_CASE("a crun without Wasm is the machine's failure, told before anything is made") {
  if (geteuid() != 0) {
    modulah::test::skip("crun needs root");
    return;
  }
  Fixture fixture{{file("app.wasm", std::string("\0asm\1\0\0\0", 8))}};
  fixture.scratch.write_program("crun", "echo crun version 1.8.1; echo +SYSTEMD\n");
  fixture.request.engine = EngineId::crun;
  fixture.request.search_path = fixture.scratch.path.string();
  CHECK(error_of([&] { (void)fixture.run(); }) ==
        (fixture.scratch.path / "crun").string() + " was built without Wasm");
}

TEST_CASE("crun is given a bundle with the module in its root") {
  if (geteuid() != 0) {
    modulah::test::skip("crun needs root");
    return;
  }
  Fixture fixture{{file("app.wasm", std::string("\0asm\1\0\0\0", 8))}};
  fixture.scratch.write_program("crun", R"(
test "$1" = --version && { echo +WASM:wasmedge; exit 0; }
test "$1 $2 $3" = "--cgroup-manager=disabled run --bundle" || exit 90
grep -q '"module.wasm.image/variant": "compat"' "$4/config.json" || exit 91
test -f "$4/root/app.wasm" || exit 92
exit 1
)");
  fixture.request.engine = EngineId::crun;
  fixture.request.search_path = fixture.scratch.path.string();
  fixture.request.host_environment = {"PATH=/usr/bin:/bin"};
  CHECK(fixture.run().exit_status == 1);
}
