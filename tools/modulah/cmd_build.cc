// modulah build: an image from a Containerfile.
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/builder/builder.h"
#include "modulah/builder/manifest_list.h"
#include "modulah/images/write_place.h"
#include "modulah/store/layout_store.h"

#include "build_request.h"
#include "commands.h"
#include "engines.h"
#include "log_reporter.h"
#include "options.h"
#include "print.h"

namespace modulah::cli {

namespace {

/// The name of --manifest in full.
std::optional<std::string> read_list_name(const BuildOptions& options) {
  if (options.manifest.empty()) return std::nullopt;
  const std::vector<BuildTag> tags = parse_tags({options.manifest});
  if (!tags.front().name)
    throw Error(ErrorKind::usage,
                fmt::format("--manifest \"{}\" is not a name in the local store", options.manifest),
                "Give a name like app:v1, and push the list afterwards.");
  return tags.front().name->text();
}

std::unique_ptr<Reporter> make_reporter(const BuildOptions& options, const Invocation& invocation) {
  if (options.log_file.empty()) return invocation.make_reporter(options.is_quiet);
  return std::make_unique<LogReporter>(invocation.world.directory / options.log_file,
                                       options.is_quiet);
}

/// Gives the image its names. Without any, it is listed without one, as buildah does, unless
/// `is_listed` says that something else refers to it.
std::vector<std::string> tag_all(store::LayoutStore& store, const oci::Descriptor& root,
                                 const std::vector<BuildTag>& tags, bool is_listed,
                                 const World& world) {
  std::vector<std::string> names;
  std::vector<std::string> own_names;
  for (const BuildTag& tag : tags)
    if (tag.name) own_names.push_back(tag.name->text());
  for (const BuildTag& tag : tags) {
    if (tag.place) {
      (void)images::write_to_place(store, root, own_names, *tag.place, world.directory);
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
                                  {"platform", finding.platform},
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

/// Notes are for 'modulah validate'. An error among the findings did not prevent the image, so all
/// are warnings here.
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
  const std::optional<std::string> list = read_list_name(options);
  const std::unique_ptr<Reporter> reporter = make_reporter(options, invocation);
  store::LayoutStore store(invocation.store_root(), store::Access::write, store::Role::store,
                           invocation.store_options(*reporter, request.stop));
  builder::BuildTools tools{wasmtime_candidates(world), optimizer_setup(world),
                            compile_worker(world)};
  tools.optimizer.stop = request.stop;
  tools.compile_worker.stop = request.stop;
  set_limits(options, tools.optimizer);
  const builder::BuildResult result = builder::build_image(request, tools, store, *reporter);
  for (const validate::Finding& finding : result.findings) tell(finding, *reporter);
  const std::vector<std::string> names = tag_all(store, result.root, tags, list.has_value(), world);
  for (const std::string& name : names) reporter->info(fmt::format("tagged {}", name));
  if (list) {
    (void)builder::add_to_list(store, *list, result.images, request.format);
    reporter->info(fmt::format("added to {}", *list));
  }
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
    .description =
        R"(Modules that are copied into the image are validated, and the entry point has to
be one: a broken module, a missing file or one that is not a module ends the
build, unless --platform names a platform that is not for Wasm. An image whose
entry point is a module gets the platform wasi/wasm and
module.wasm.image/variant=compat, as an annotation and a label, so that podman,
cri-o and containerd run it. The image's id is printed. The same input gives the
same image on any day and on any machine.

CONTEXT may also be a Containerfile, to use its directory as the context, or -:
an archive on standard input, or a Containerfile without any other file.

Options of buildah, podman and docker that cannot change the image, such as those
for containers, networks and base images, are accepted for compatibility.

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
