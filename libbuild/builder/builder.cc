// The build as a list of steps.
#include "modulah/builder/builder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/builder/plan.h"
#include "modulah/containerfile/parser.h"
#include "modulah/image/blob_writer.h"
#include "modulah/oci/index.h"
#include "modulah/validate/containerfile.h"

#include "context.h"
#include "findings.h"
#include "finish.h"
#include "layer_maker.h"
#include "module_gate.h"
#include "stage_builder.h"
#include "variables.h"

namespace modulah::builder {

namespace {

const oci::Platform kWasi{"wasi", "wasm", "", "", {}};

containerfile::IgnoreRules ignore_rules(const NamedText& file) {
  if (file.name.empty()) return {};
  return containerfile::IgnoreRules::parse(file.text, file.name);
}

/// Parses the Containerfile. When it has errors, throws them all, after the parser's warnings are
/// told: they are not lost when the file cannot be built.
containerfile::ParseResult parse_or_refuse(const containerfile::SourceText& source,
                                           const BuildRequest& request, Reporter& reporter) {
  containerfile::ParseResult parsed = containerfile::parse_all(source);
  if (parsed.errors.empty()) return parsed;
  const validate::ContainerfileFacts facts{parsed.file, source, parsed.warnings, nullptr,
                                           request.build_args};
  for (const validate::Finding& finding : validate::check_syntax(facts, parsed))
    if (finding.rule != validate::RuleId::syntax) reporter.warning(validate::to_text(finding));
  containerfile::throw_together(containerfile::errors_to_tell(parsed));
  return parsed;
}

/// The global scope with the arguments before the first FROM.
GlobalScope global_scope(const BuildRequest& request, const containerfile::File& file,
                         const containerfile::SourceText& source, const oci::Platform& platform) {
  GlobalScope scope({request.build_args.begin(), request.build_args.end()},
                    automatic_variables(platform, request.build_platform, request.target));
  const Words words(source, file.directives.escape,
                    [&scope](std::string_view name) { return scope.find(name); });
  for (const containerfile::Instruction& instruction : file.global_args)
    for (const containerfile::ArgName& arg : std::get<containerfile::Arg>(instruction.value).names)
      scope.declare(words.one(arg.name),
                    arg.value ? std::optional(words.one(*arg.value)) : std::nullopt);
  return scope;
}

/// One build of one request.
class Build {
 public:
  Build(const BuildRequest& request, const BuildTools& tools, store::LayoutStore& store,
        Reporter& reporter)
      : request_(request),
        store_(store),
        reporter_(reporter),
        source_(request.containerfile.name, request.containerfile.text),
        parsed_(parse_or_refuse(source_, request, reporter)),
        ignore_(ignore_rules(request.ignore)),
        context_(request.context, ignore_),
        gate_(tools, {request.optimize, store.cache_directory(), request.cache, request.threads},
              reporter),
        maker_(store, context_, gate_,
               {{request.format, request.compression, std::max(request.threads, 1U)},
                request.cache,
                gate_.optimizer_key(),
                request.stop},
               reporter) {}

  BuildResult run() {
    std::vector<oci::Platform> platforms = request_.platforms;
    if (platforms.empty()) platforms.push_back(kWasi);
    std::vector<BuiltImage> images;
    for (const oci::Platform& platform : platforms)
      if (std::none_of(images.begin(), images.end(),
                       [&](const BuiltImage& other) { return other.platform == platform; }))
        images.push_back(build_platform(platform));
    BuildResult result{images.size() == 1 ? images.front().manifest : store_index(images),
                       std::move(images), std::move(findings_), gate_.modules(), steps_cached_};
    return result;
  }

 private:
  BuiltImage build_platform(const oci::Platform& platform) {
    GlobalScope global = global_scope(request_, file_, source_, platform);
    const Plan plan = make_plan(file_, source_, request_.target,
                                [&global](std::string_view name) { return global.find(name); });
    const validate::ContainerfileFacts facts{
        file_, source_, parsed_.warnings, &ignore_, request_.build_args, platform};
    std::vector<validate::Finding> findings = validate::check_containerfile(facts);
    refuse_errors(facts, findings);
    StageBuilder builder(plan, request_, platform, global,
                         {source_, file_, context_, maker_, reporter_});
    const StageState state = apply_request(builder.run(), request_);
    steps_cached_ += builder.steps_cached();
    for (const std::string& name : global.unused_build_args())
      if (std::find(unused_.begin(), unused_.end(), name) == unused_.end()) {
        unused_.push_back(name);
        reporter_.warning(fmt::format("--build-arg {} is not used: {} has no ARG {}", name,
                                      source_.name(), name));
      }
    StoredDocuments documents = store_documents(state, request_.format, store_);
    validate::add_image_findings(
        findings, validate::apply_check_directive(
                      facts, image_findings(state, request_, documents.manifest, gate_, store_)));
    add_new_findings(findings_, std::move(findings));
    return {platform, std::move(documents.manifest), std::move(documents.id), state.image.layers};
  }

  /// A Containerfile that says "# check=error=true" is not built when a rule speaks, as in
  /// BuildKit.
  void refuse_errors(const validate::ContainerfileFacts& facts,
                     const std::vector<validate::Finding>& findings) const {
    if (!validate::check_options(facts).makes_errors) return;
    std::vector<Error> errors;
    for (const validate::Finding& finding : findings)
      if (finding.severity == validate::Severity::error)
        errors.push_back(containerfile::error_at(
            source_, finding.span,
            fmt::format("{} [{}]", finding.message, validate::rule_of(finding.rule).name),
            finding.hint));
    containerfile::throw_together(std::move(errors));
  }

  oci::Descriptor store_index(const std::vector<BuiltImage>& images) {
    oci::Index index;
    const bool is_oci = request_.format == oci::Format::oci;
    index.media_type = is_oci ? oci::media_type::kOciIndex : oci::media_type::kDockerIndex;
    if (is_oci) index.annotations = request_.index_annotations;
    for (const BuiltImage& image : images) {
      oci::Descriptor entry = image.manifest;
      entry.platform = image.platform;
      index.manifests.push_back(std::move(entry));
    }
    return image::put_document(store_, index.media_type, oci::to_json(index));
  }

  const BuildRequest& request_;
  store::LayoutStore& store_;
  Reporter& reporter_;
  const containerfile::SourceText source_;
  const containerfile::ParseResult parsed_;
  const containerfile::File& file_ = parsed_.file;
  const containerfile::IgnoreRules ignore_;
  const Context context_;
  ModuleGate gate_;
  LayerMaker maker_;
  std::vector<std::string> unused_;
  std::vector<validate::Finding> findings_;
  unsigned steps_cached_ = 0;
};

bool has_new_layer(const BuildResult& result) {
  std::size_t layers = 0;
  for (const BuiltImage& image : result.images) layers += image.layers.size();
  return layers > result.steps_cached;
}

}  // namespace

BuildResult build_image(const BuildRequest& request, const BuildTools& tools,
                        store::LayoutStore& store, Reporter& reporter) {
  BuildResult result = Build(request, tools, store, reporter).run();
  const std::filesystem::path cache = store.cache_directory();
  if (has_new_layer(result))
    store::trim_caches_when_due(cache / "trimmed", build_cache_folders(cache));
  return result;
}

std::vector<store::CacheFolder> build_cache_folders(const std::filesystem::path& cache_directory) {
  using Holds = store::CacheFolder::Holds;
  return {{cache_directory / "steps", Holds::records},
          {cache_directory / "findings", Holds::records},
          {cache_directory / "optimized", Holds::records},
          {cache_directory / "modules", Holds::files},
          {cache_directory / "pushed", Holds::records}};
}

}  // namespace modulah::builder
