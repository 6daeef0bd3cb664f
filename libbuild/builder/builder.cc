// The build as a list of steps.
#include "modulah/builder/builder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/image/blob_writer.h"
#include "modulah/oci/index.h"
#include "modulah/validate/containerfile.h"
#include "modulah/validate/image.h"

#include "build_input.h"
#include "context.h"
#include "findings.h"
#include "finish.h"
#include "layer_maker.h"
#include "module_gate.h"
#include "plan.h"
#include "stage_builder.h"

namespace modulah::builder {

namespace {

/// One build of one request.
class Build {
 public:
  Build(const BuildRequest& request, const BuildTools& tools, store::LayoutStore& store,
        Reporter& reporter)
      : request_(request),
        store_(store),
        reporter_(reporter),
        input_(request),
        context_(request.context, input_.ignore),
        gate_(tools, {request.optimize, store.cache_directory(), request.cache, request.threads},
              reporter),
        maker_(store, context_, gate_,
               {{request.format, request.compression, std::max(request.threads, 1U)},
                request.cache,
                gate_.optimizer_key(),
                request.stop},
               reporter) {}

  BuildResult run() {
    refuse_syntax();
    std::vector<BuiltImage> images;
    std::vector<std::vector<validate::Finding>> findings;
    std::vector<std::string> names;
    for (const oci::Platform& platform : input_.platforms()) {
      findings.emplace_back();
      images.push_back(build_platform(platform, findings.back()));
      names.push_back(platform.text());
    }
    oci::Descriptor root = images.size() == 1 ? images.front().manifest : store_index(images);
    return {std::move(root), std::move(images), merge_platforms(std::move(findings), names),
            gate_.modules(), steps_cached_};
  }

 private:
  BuiltImage build_platform(const oci::Platform& platform,
                            std::vector<validate::Finding>& findings) {
    GlobalScope global = input_.global_scope(platform);
    const Plan plan = make_plan(input_.file, input_.source, {request_.target, request_.from},
                                [&global](std::string_view name) { return global.find(name); });
    if (!plan.problems.empty()) throw plan.problems.front();
    const validate::ContainerfileFacts facts = input_.facts(platform);
    findings = validate::check_containerfile(facts);
    refuse_errors(facts, findings);
    StageBuilder builder(plan, platform, global, {input_, context_, maker_, reporter_});
    const StageState state = apply_request(builder.run(), request_);
    steps_cached_ += builder.steps_cached();
    tell_unused(global);
    const Documents documents = make_documents(state.image, request_.format);
    add(findings, facts, builder.findings(), state, documents.manifest);
    store_documents(documents, store_);
    return {state.image.config.platform, documents.manifest, documents.config.digest,
            state.image.layers};
  }

  /// Adds what there is to say about the files and about the image. Throws Error for what is
  /// refused.
  void add(std::vector<validate::Finding>& findings, const validate::ContainerfileFacts& facts,
           const std::vector<validate::Finding>& of_files, const StageState& state,
           const oci::Descriptor& manifest) {
    std::vector<validate::Finding> more = image_findings(state, request_, manifest, store_);
    add_file_findings(more, of_files);
    locate_entry_point(more, state, input_.source);
    more = validate::apply_check_directive(facts, std::move(more));
    if (validate::is_for_wasm(state.image.config.platform))
      for (const validate::Finding& finding : more)
        if (is_refused(finding.rule)) throw to_error(finding);
    refuse_errors(facts, more);
    validate::add_image_findings(findings, std::move(more));
  }

  void tell_unused(const GlobalScope& global) {
    for (const std::string& name : global.unused_build_args()) {
      if (std::find(unused_.begin(), unused_.end(), name) != unused_.end()) continue;
      unused_.push_back(name);
      reporter_.warning(fmt::format("--build-arg {} is not used: {} has no ARG {}", name,
                                    input_.source.name(), name));
    }
  }

  [[nodiscard]] Error to_error(const validate::Finding& finding) const {
    const std::string message =
        fmt::format("{} [{}]", finding.message, validate::rule_of(finding.rule).name);
    if (finding.span.line != 0)
      return containerfile::error_at(input_.source, finding.span, message, finding.hint);
    return {ErrorKind::invalid, fmt::format("{}: {}", finding.subject, message), finding.hint};
  }

  /// Throws all errors of the syntax together, after the parser's warnings are told: they are not
  /// lost when the file cannot be built.
  void refuse_syntax() const {
    if (input_.parsed.errors.empty()) return;
    for (const validate::Finding& finding : input_.syntax_findings())
      if (finding.rule != validate::RuleId::syntax) reporter_.warning(validate::to_text(finding));
    containerfile::throw_together(containerfile::errors_to_tell(input_.parsed));
  }

  /// A Containerfile that says "# check=error=true" is not built when a rule speaks, as in
  /// BuildKit.
  void refuse_errors(const validate::ContainerfileFacts& facts,
                     const std::vector<validate::Finding>& findings) const {
    if (!validate::check_options(facts).makes_errors) return;
    std::vector<Error> errors;
    for (const validate::Finding& finding : findings)
      if (finding.severity == validate::Severity::error) errors.push_back(to_error(finding));
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
  const BuildInput input_;
  const Context context_;
  ModuleGate gate_;
  LayerMaker maker_;
  std::vector<std::string> unused_;
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
