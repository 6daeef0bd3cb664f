// The rules about images.
#include "modulah/validate/image.h"

#include <functional>
#include <string>

#include "modulah/base/io.h"

#include "findings.h"
#include "modulah_test/catch.h"
#include "modulah_test/wasm_bytes.h"

using modulah::as_bytes;
using modulah::oci::Format;
using modulah::validate::EntryFile;
using modulah::validate::FileKind;
using modulah::validate::ImageFacts;
using modulah::validate::test::text_of;
namespace oci = modulah::oci;
namespace test = modulah::test;

namespace {

constexpr const char* kVariant = "module.wasm.image/variant";

/// An image as modulah build makes it; a test changes what it is about.
struct Image {
  oci::ImageConfig config;
  oci::Annotations annotations = {{kVariant, "compat"}};
  Format format = Format::oci;
  EntryFile entry;
  std::optional<modulah::validate::PluginFile> plugin;
  std::vector<std::string> paths;

  Image() {
    config.platform = {"wasi", "wasm", {}, {}, {}};
    config.config.command = {{"/app.wasm"}};
    config.config.labels = {{kVariant, "compat"}};
    entry = {EntryFile::Kind::file, FileKind::module, "/app.wasm", 0755,
             modulah::wasm::summarize(as_bytes(test::command_module()), "app.wasm")};
  }
  void set_platform(const char* text) { config.platform = oci::Platform::parse(text); }
  void set_kind(EntryFile::Kind kind) { entry = {kind, FileKind::other, "/app.wasm", 0755, {}}; }
  void set_file(FileKind kind) { entry = {EntryFile::Kind::file, kind, "/app.wasm", 0755, {}}; }
  void remove_variant() {
    annotations.clear();
    config.config.labels.clear();
  }
};

std::string findings_of(const std::function<void(Image&)>& change) {
  Image image;
  change(image);
  return text_of(modulah::validate::check_image(
      {image.config, image.annotations, image.format, image.entry, image.plugin, image.paths}));
}

struct Case {
  const char* what;
  std::function<void(Image&)> change;
  const char* findings;
};

void check_all(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    CAPTURE(c.what);
    CHECK(findings_of(c.change) == c.findings);
  }
}

}  // namespace

TEST_CASE("A good image has no findings") {
  CHECK(findings_of([](Image&) {}) == "");
  CHECK(findings_of([](Image& image) {
          image.config.config.entrypoint = {{"/app.wasm"}};
          image.config.config.command = {{"/bin/sh", "-c", "x"}};
          image.annotations[kVariant] = "compat-smart";
        }) == "");
  // An image for another system may run what it likes.
  CHECK(findings_of([](Image& image) {
          image.set_platform("linux/amd64");
          image.set_file(FileKind::elf);
          image.remove_variant();
          image.config.config.environment = {"PATH=/bin"};
        }) == "");
}

TEST_CASE("An entry point that cannot be started") {
  using Kind = EntryFile::Kind;
  check_all({
      {"none", [](Image& image) { image.config.config.command.reset(); },
       "image: warning: does not say what to run: it has neither ENTRYPOINT nor CMD "
       "[NoEntryPoint]\n"
       "  Add CMD [\"/app.wasm\"] to the Containerfile.\n"},
      {"missing", [](Image& image) { image.set_kind(Kind::missing); },
       "image: error: the entry point \"/app.wasm\" is not in the image [EntryPointMissing]\n"
       "  COPY the module to this path, or name in CMD the path that it was copied to.\n"},
      {"a directory", [](Image& image) { image.set_kind(Kind::directory); },
       "/app.wasm: error: the entry point is a directory [EntryPointNotFile]\n"
       "  Name the module in it.\n"},
      {"shell form",
       [](Image& image) {
         image.config.config.command = {{"/bin/sh", "-c", "/app.wasm --help"}};
         image.set_kind(Kind::missing);
       },
       "image: error: the command \"/app.wasm --help\" is in shell form, and there is no shell in "
       "the image [ShellForm]\n"
       "  Write it as a JSON list: CMD [\"/app.wasm\", \"--help\"].\n"},
      {"native", [](Image& image) { image.set_file(FileKind::elf); },
       "/app.wasm: error: is a native program (ELF), not a WebAssembly module "
       "[EntryPointNotModule]\n"
       "  Compile for wasm32-wasip1 and copy the .wasm file.\n"},
      {"a script", [](Image& image) { image.set_file(FileKind::script); },
       "/app.wasm: error: is a script, not a WebAssembly module [EntryPointNotModule]\n"
       "  Compile for wasm32-wasip1 and copy the .wasm file.\n"},
      {"compiled", [](Image& image) { image.set_file(FileKind::compiled); },
       "/app.wasm: error: is code that an engine compiled for one processor, not a "
       "WebAssembly module [EntryPointNotModule]\n"
       "  Copy the module that it was compiled from.\n"},
      {"something else", [](Image& image) { image.set_file(FileKind::other); },
       "/app.wasm: error: is not a WebAssembly module: it does not begin with \"\\0asm\" "
       "[EntryPointNotModule]\n"
       "  Compile for wasm32-wasip1 and copy the .wasm file.\n"},
      {"not looked at", [](Image& image) { image.set_kind(Kind::unknown); }, ""},
  });
}

TEST_CASE("What may be meant by an entry point that is missing") {
  struct Suggestion {
    const char* word;
    std::vector<std::string> paths;
    const char* hint;
  };
  const std::string by_default =
      "COPY the module to this path, or name in CMD the path that it was copied to.";
  const Suggestion suggestions[] = {
      {"/ap.wasm", {"/lib.wasm", "/app.wasm"}, "Did you mean \"/app.wasm\"?"},
      {"app.wsm", {"/app.wasm"}, "Did you mean \"/app.wasm\"?"},
      {"/app.wasm",
       {"/lib.wasm", "/deeply/nested/bin/app.wasm"},
       "Did you mean \"/deeply/nested/bin/app.wasm\"?"},
      {"/main", {"/srv/service.wasm", "/etc/motd"}, "Did you mean \"/srv/service.wasm\"?"},
      {"/main", {"/srv/one.wasm", "/srv/two.wasm"}, by_default.c_str()},
      {"/main", {}, by_default.c_str()},
      {"/app.wasm -v x",
       {"/app.wasm"},
       "Give each word its own quotes: CMD [\"/app.wasm\", \"-v\", \"x\"]."},
  };
  for (const Suggestion& c : suggestions) {
    CAPTURE(c.word);
    CHECK(findings_of([&](Image& image) {
            image.config.config.command = {{c.word}};
            image.set_kind(EntryFile::Kind::missing);
            image.paths = c.paths;
          }) == std::string("image: error: the entry point \"") + c.word +
                    "\" is not in the image [EntryPointMissing]\n  " + c.hint + "\n");
  }
}

TEST_CASE("How the entry point is named, and what it may") {
  check_all({
      {"no x bit", [](Image& image) { image.entry.mode = 0644; },
       "/app.wasm: note: has the mode 0644: old versions of crun refuse a file without x bit "
       "[EntryPointNotExecutable]\n"
       "  Add --chmod=755 to its COPY.\n"},
      {"another name",
       [](Image& image) {
         image.config.config.command = {{"/app"}};
         image.entry.path = "/app";
       },
       "/app: warning: is a module, but the entry point does not end with .wasm "
       "[EntryPointName]\n"
       "  Copy it to a name that ends with .wasm: the variant compat-smart goes by it.\n"},
      {"relative", [](Image& image) { image.config.config.command = {{"app.wasm"}}; },
       "image: warning: the entry point \"app.wasm\" is not an absolute path, and runtimes look "
       "for it in different places [EntryPointRelative]\n"
       "  Write \"/app.wasm\".\n"},
      {"the module's own findings",
       [](Image& image) {
         image.entry.summary =
             modulah::wasm::summarize(as_bytes(test::component_of({})), "app.wasm");
       },
       "/app.wasm: warning: is a component; crun, podman and cri-o run modules of preview 1 only "
       "[EntryPointComponent]\n"
       "  Compile for wasm32-wasip1, or run it with containerd's shims, Wasmtime or modulah "
       "run.\n"},
      {"a function of a library",
       [](Image& image) {
         image.config.config.command = {{"/app.wasm#add"}};
         image.entry.summary = modulah::wasm::summarize(as_bytes(test::module_of({})), "app.wasm");
       },
       ""},
  });
}

TEST_CASE("Platforms, and who takes them for Wasm") {
  check_all({
      {"wasm32", [](Image& image) { image.set_platform("wasi/wasm32"); },
       "image: warning: the platform is wasi/wasm32: podman takes it for Wasm; Docker and "
       "containerd do not find it [PlatformUnknown]\n"
       "  Use wasi/wasm, which all know.\n"},
      {"linux", [](Image& image) { image.set_platform("linux/wasm"); },
       "image: warning: the platform is linux/wasm: some of containerd's shims take it for Wasm; "
       "podman does not [PlatformUnknown]\n"
       "  Use wasi/wasm, which all know.\n"},
      {"wasip1", [](Image& image) { image.set_platform("wasip1/wasm"); },
       "image: warning: the platform is wasip1/wasm: containerd's shims and registries of Wasm "
       "artifacts take it for Wasm; podman does not [PlatformUnknown]\n"
       "  Use wasi/wasm, which all know.\n"},
      {"js", [](Image& image) { image.set_platform("js/wasm"); },
       "image: warning: the platform is js/wasm: no runtime takes it for Wasm [PlatformUnknown]\n"
       "  Use wasi/wasm, which all know.\n"},
      {"native, with the annotation", [](Image& image) { image.set_platform("linux/amd64"); }, ""},
      {"native, without",
       [](Image& image) {
         image.set_platform("linux/arm64/v8");
         image.remove_variant();
       },
       "image: warning: the platform is linux/arm64/v8, and there is no annotation "
       "module.wasm.image/variant: runtimes will take the module for a native program "
       "[VariantMissing]\n"
       "  Build for wasi/wasm, or add --annotation module.wasm.image/variant=compat.\n"},
      {"the platform only", [](Image& image) { image.remove_variant(); },
       "image: note: there is no annotation module.wasm.image/variant, by which crun under other "
       "managers than podman goes [VariantRecommended]\n"
       "  Add --annotation module.wasm.image/variant=compat.\n"},
  });
}

TEST_CASE("Annotations and labels that do not work") {
  check_all({
      {"a value", [](Image& image) { image.annotations[kVariant] = "compact"; },
       "image: error: has the annotation module.wasm.image/variant=compact, and runtimes know "
       "only compat and compat-smart [VariantValue]\n"
       "  Write module.wasm.image/variant=compat.\n"},
      {"a key", [](Image& image) { image.annotations["module.wasm.image.variant"] = "compat"; },
       "image: warning: has the annotation module.wasm.image.variant, which no runtime knows "
       "[AnnotationKey]\n"
       "  Did you mean module.wasm.image/variant?\n"},
      {"a label's key",
       [](Image& image) { image.config.config.labels["module.wasm.image/Variant"] = "compat"; },
       "image: warning: has the label module.wasm.image/Variant, which no runtime knows "
       "[AnnotationKey]\n"
       "  Did you mean module.wasm.image/variant?\n"},
      {"others", [](Image& image) { image.annotations["org.opencontainers.image.title"] = "a"; },
       ""},
      {"a handler", [](Image& image) { image.annotations["run.oci.handler"] = "wasm"; },
       "image: error: has the annotation run.oci.handler=wasm: crun-wasm refuses an image that "
       "names a handler [RunOciHandler]\n"
       "  Use module.wasm.image/variant=compat instead.\n"},
      {"docker's format", [](Image& image) { image.format = Format::docker; },
       "image: warning: a manifest of docker's format has no place for the annotation "
       "module.wasm.image/variant [AnnotationFormat]\n"
       "  Use --format oci.\n"},
      {"PATH",
       [](Image& image) {
         image.config.config.environment = {"A=1", "PATH=/usr/bin"};
       },
       "image: note: the guest will see PATH=/usr/bin [PathVariable]\n"
       "  Leave ENV PATH out; modulah build adds none.\n"},
  });
}

TEST_CASE("A plugin for Istio") {
  const std::string gzip(oci::media_type::kOciLayerGzip);
  const std::string zstd(oci::media_type::kOciLayerZstd);
  const auto with = [](modulah::validate::PluginFile plugin) {
    return findings_of([&](Image& image) {
      image.config.config.command.reset();
      image.plugin = plugin;
    });
  };
  CHECK(with({"/plugin.wasm", gzip, true}) == "");
  CHECK(with({"/plugin.wasm", gzip, false}) ==
        "/plugin.wasm: warning: is not in the last layer, the only one that Istio looks into "
        "[PluginLayer]\n"
        "  Make its COPY the last one of the Containerfile.\n");
  CHECK(with({"/plugin.wasm", zstd, true}) ==
        "/plugin.wasm: warning: is in a layer application/vnd.oci.image.layer.v1.tar+zstd, and "
        "Istio reads only tar with gzip [PluginLayer]\n"
        "  Build the image anew; modulah uses gzip.\n");
}
