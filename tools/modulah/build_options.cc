// The options of a build, with their help.
#include "build_options.h"

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/images/names.h"

#include "build_other_options.h"
#include "options.h"

namespace modulah::cli {

void add_containerfile_options(CLI::App& app, BuildOptions& options) {
  add_list(app, "-f,--file", options.files,
           "Read this Containerfile; - is standard input (default: Containerfile or Dockerfile in "
           "the context)")
      ->option_text("FILE");
  add_list(app, "--build-arg", options.build_args,
           "Give an ARG a value; without one, the environment's")
      ->option_text("NAME[=VALUE]");
  app.add_option("--build-arg-file", options.build_arg_file,
                 "Read lines NAME=VALUE for --build-arg")
      ->option_text("FILE");
  app.add_option("--ignorefile", options.ignore_file,
                 "Read this ignore file (default: .containerignore or .dockerignore)")
      ->option_text("FILE");
  add_list(app, "--platform", options.platforms,
           "Make the image for OS/ARCH[/VARIANT]; several make an index (default: wasi/wasm)")
      ->option_text("PLATFORM");
  app.add_option("--target", options.target, "Build this stage (default: the last one)")
      ->option_text("STAGE");
}

void add_build_options(CLI::App& app, BuildOptions& options) {
  app.add_option("context", options.context, "The directory that COPY takes files from");
  add_containerfile_options(app, options);
  app.add_option("-t,--tag", options.tags,
                 "Name the image, or put it to oci:DIR[:REF] or oci-archive:FILE; may be repeated")
      ->option_text("NAME")
      ->allow_extra_args(false);
  add_list(app, "--annotation", options.annotations,
           "Set an annotation of the manifest, and of the index where there is one")
      ->option_text("KEY=VALUE");
  add_list(app, "--env", options.environment, "Set a variable of the image's environment")
      ->option_text("NAME[=VALUE]");
  app.add_option("--format", options.format,
                 "Make a manifest of this kind: oci or docker (default: oci)")
      ->option_text("FORMAT")
      ->check(CLI::IsMember({"oci", "docker"}));
  app.add_option("--iidfile", options.iid_file, "Write the image's id to a file")
      ->option_text("FILE");
  app.add_option("--metadata-file", options.metadata_file,
                 "Write a JSON record of the image, with buildx's keys, to a file")
      ->option_text("FILE");
  app.add_flag("--json", options.is_json, "Print a JSON record of what was built");
  add_list(app, "--label", options.labels, "Set a label of the configuration")
      ->option_text("KEY=VALUE");
  app.add_option("--logfile", options.log_file,
                 "Add what is said to the end of a file instead of printing it on stderr")
      ->option_text("FILE");
  app.add_option("--manifest", options.manifest,
                 "Add the image to this list of images, which is made when it is not there")
      ->option_text("NAME");
  app.add_flag("--no-cache", options.has_no_cache, "Make all layers again");
  app.add_flag("--created-annotation", options.has_created_annotation,
               "Set org.opencontainers.image.created to the time of the build");
  app.add_flag("--disable-compression", options.is_uncompressed, "Do not compress layers");
  app.add_option("--from", options.from, "Begin the first stage with this instead of its FROM")
      ->option_text("IMAGE");
  app.add_flag("--omit-history", options.omits_history, "Leave the history out");
  app.add_flag("--optimize{2}", options.optimize,
               "Optimize modules with Binaryen: 0 to 4, s or z (default: 2)")
      ->option_text("[=LEVEL]");
  app.add_option("--optimize-timeout", options.optimize_timeout,
                 "Limit the time to optimize a module, e.g. 10m (default: 2m; 0: no limit)")
      ->option_text("TIME");
  app.add_option("--optimize-memory", options.optimize_memory,
                 "Limit the memory to optimize a module, e.g. 2g (default: 8g; 0: no limit)")
      ->option_text("SIZE");
  app.add_option("--os", options.os, "Make the image for this operating system")->option_text("OS");
  app.add_option("--arch", options.architecture, "Make the image for this architecture")
      ->option_text("ARCH");
  app.add_option("--variant", options.variant,
                 "Make the image for this variant of the architecture")
      ->option_text("VARIANT");
  app.add_option("--os-version", options.os_version,
                 "Set the version of the operating system in the image's platform")
      ->option_text("VERSION");
  add_list(app, "--os-feature", options.os_features,
           "Add a feature of the operating system to the image's platform")
      ->option_text("FEATURE");
  app.add_flag("-q,--quiet", options.is_quiet, "Print the image's id only");
  app.add_option("--timestamp,--source-date-epoch", options.timestamp,
                 "Set all times in the image to this, in seconds since 1970 (default: "
                 "SOURCE_DATE_EPOCH of --build-arg, the environment or a global ARG, else 0)")
      ->option_text("SECONDS");
  add_list(app, "--unsetannotation", options.unset_annotations, "Leave an annotation out")
      ->option_text("KEY");
  add_list(app, "--unsetenv", options.unset_environment, "Leave a variable out")
      ->option_text("NAME");
  add_list(app, "--unsetlabel", options.unset_labels, "Leave a label out")->option_text("KEY");
  add_other_build_options(app);
}

std::vector<BuildTag> parse_tags(const std::vector<std::string>& words) {
  std::vector<BuildTag> tags;
  for (const std::string& word : words) {
    std::optional<image::Place> place = image::parse_place(word, image::PlaceUse::write);
    if (place && place->is_on_disk()) {
      tags.push_back({std::nullopt, std::move(place)});
      continue;
    }
    oci::Reference name =
        images::parse_name(place ? place->name : word, oci::Reference::Defaults::local);
    if (name.digest)
      throw Error(ErrorKind::usage,
                  fmt::format("\"{}\" has a digest, which an image gets from what is in it", word),
                  "Give a name with a tag, e.g. app:v1.");
    tags.push_back({std::move(name), std::nullopt});
  }
  return tags;
}

}  // namespace modulah::cli
