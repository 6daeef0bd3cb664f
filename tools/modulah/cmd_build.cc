// modulah build: an image from a Containerfile.
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/builder/builder.h"
#include "modulah/images/open_image.h"
#include "modulah/store/layout_store.h"

#include "build_options.h"
#include "commands.h"
#include "engines.h"
#include "options.h"
#include "print.h"

namespace modulah::cli {

namespace {

/// Gives the image its names. Without any, it is listed without one, as buildah does.
std::vector<std::string> tag_all(store::LayoutStore& store, const oci::Descriptor& root,
                                 const std::vector<BuildTag>& tags, const World& world) {
  std::vector<std::string> names;
  bool is_listed = false;
  for (const BuildTag& tag : tags) {
    if (tag.place) {
      (void)images::write_to_place(store, root, *tag.place, world.directory);
      continue;
    }
    store.tag(tag.name->text(), root);
    names.push_back(tag.name->text());
    is_listed = true;
  }
  if (!is_listed) store.tag("", root);
  return names;
}

/// An index has no configuration: its own digest is its id.
const oci::Digest& id_of(const builder::BuildResult& result) {
  return result.images.size() == 1 ? result.images.front().id : result.root.digest;
}

nlohmann::ordered_json to_record(const builder::BuildResult& result,
                                 const std::vector<std::string>& names) {
  nlohmann::ordered_json record;
  record["id"] = id_of(result).text();
  record["digest"] = result.root.digest.text();
  record["mediaType"] = result.root.media_type;
  record["names"] = names;
  record["images"] = nlohmann::ordered_json::array();
  for (const builder::BuiltImage& image : result.images) {
    nlohmann::ordered_json entry;
    entry["platform"] = image.platform.text();
    entry["id"] = image.id.text();
    entry["digest"] = image.manifest.digest.text();
    entry["layers"] = nlohmann::ordered_json::array();
    for (const oci::Descriptor& layer : image.layers)
      entry["layers"].push_back({{"digest", layer.digest.text()}, {"size", layer.size}});
    record["images"].push_back(std::move(entry));
  }
  record["modules"] = nlohmann::ordered_json::array();
  for (const builder::BuiltModule& module : result.modules)
    record["modules"].push_back(
        {{"path", module.path}, {"sourceSize", module.source_size}, {"size", module.size}});
  record["findings"] = nlohmann::ordered_json::array();
  for (const validate::Finding& finding : result.findings)
    record["findings"].push_back({{"rule", validate::rule_of(finding.rule).name},
                                  {"severity", to_string(finding.severity)},
                                  {"place", validate::place_of(finding)},
                                  {"message", finding.message},
                                  {"hint", finding.hint}});
  record["stepsCached"] = result.steps_cached;
  return record;
}

/// What buildx writes with --metadata-file.
nlohmann::ordered_json to_metadata(const builder::BuildResult& result,
                                   const std::vector<std::string>& names) {
  nlohmann::ordered_json record;
  if (result.images.size() == 1)
    record["containerimage.config.digest"] = result.images.front().id.text();
  record["containerimage.descriptor"] = {{"mediaType", result.root.media_type},
                                         {"digest", result.root.digest.text()},
                                         {"size", result.root.size}};
  record["containerimage.digest"] = result.root.digest.text();
  if (!names.empty()) record["image.name"] = fmt::format("{}", fmt::join(names, ","));
  return record;
}

/// Notes are for 'modulah validate'. An error among the findings did not keep the image from being
/// made, so all are warnings here.
void tell(const validate::Finding& finding, Reporter& reporter) {
  if (finding.severity == validate::Severity::note) return;
  reporter.warning(validate::to_text(finding));
  if (!finding.hint.empty()) reporter.info("hint: " + finding.hint);
}

/// The limits on what optimizing a module may take.
void set_limits(const BuildOptions& options, wasm::OptimizerSetup& setup) {
  if (!options.optimize_timeout.empty()) {
    setup.max_time = parse_duration(options.optimize_timeout, "--optimize-timeout");
    if (setup.max_time == std::chrono::milliseconds(0)) setup.max_time = std::chrono::years(1);
  }
  if (!options.optimize_memory.empty())
    setup.max_memory_bytes = parse_bytes(options.optimize_memory, "--optimize-memory");
}

int run(const BuildOptions& options, const Invocation& invocation) {
  const World& world = invocation.world;
  const std::vector<BuildTag> tags = parse_tags(options.tags);
  const BuildContext context = open_build_context(options.context, world);
  builder::BuildRequest request = make_request(options, context, world);
  request.stop = invocation.stop();
  const std::unique_ptr<Reporter> reporter = invocation.make_reporter(options.is_quiet);
  if (options.is_squashed)
    reporter->warning("--squash has no effect: each COPY and ADD is a layer; copy all in one");
  for (const std::string& name : options.attestations)
    reporter->warning(name + " has no effect: attestations are not made");
  store::LayoutStore store(invocation.store_root(), store::Access::write);
  builder::BuildTools tools{wasmtime_candidates(world), optimizer_setup(world),
                            compile_worker(world)};
  tools.optimizer.stop = request.stop;
  tools.compile_worker.stop = request.stop;
  set_limits(options, tools.optimizer);
  const builder::BuildResult result = builder::build_image(request, tools, store, *reporter);
  for (const validate::Finding& finding : result.findings) tell(finding, *reporter);
  const std::vector<std::string> names = tag_all(store, result.root, tags, world);
  for (const std::string& name : names) reporter->info(fmt::format("tagged {}", name));
  if (!options.iid_file.empty())
    write_file(world.directory / options.iid_file, id_of(result).text());
  if (!options.metadata_file.empty())
    write_file(world.directory / options.metadata_file,
               json_text(to_metadata(result, names), 2) + "\n");
  print(options.is_json ? json_text(to_record(result, names), 2) + "\n"
                        : fmt::format("{}\n", id_of(result).hex()));
  return 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<BuildOptions>();
  add_build_options(app, *options);
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command build_command = {
    .name = "build",
    .alias = "bud",
    .group = "Images",
    .operands = "[CONTEXT]",
    .summary = "Build an image from a Containerfile",
    .description = R"(Modules that are copied into the image are validated; a broken one ends the
build. An image whose entry point is a module gets the platform wasi/wasm and
module.wasm.image/variant=compat, as an annotation and a label, so that podman,
cri-o and containerd run it. The image's id is printed. The same input gives the
same image on any day and on any machine.

The context may be a Containerfile, whose directory it is then, or -: an archive
on standard input, or a Containerfile there with no other file.

Options of buildah and podman that are about containers, networks and base
images are accepted and have no effect.

Examples:
  # The usual way
  $ modulah build -t demo/app:v1 .

  # With optimized modules, another Containerfile, and values for its ARGs
  $ modulah build --optimize=s -f app.Containerfile --build-arg V=2 -t app .

  # Straight into an OCI archive
  $ modulah build -t oci-archive:app.tar:v1 .

Exit status:
  0 on success, 1 when the build fails, 2 when the command line is wrong, 124 and
  137 when optimizing a module takes more time or memory than is allowed.)",
    .define = define,
};

}  // namespace modulah::cli
