// modulah tag: give an image another name.
#include <memory>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/images/find_image.h"
#include "modulah/images/names.h"
#include "modulah/images/platforms.h"

#include "commands.h"

namespace modulah::cli {

namespace {

struct Options {
  std::string image;
  std::vector<std::string> names;
  std::string platform;
};

int run(const Options& options, const Invocation& invocation) {
  std::vector<std::string> names;
  for (const std::string& word : options.names) {
    const oci::Reference name = images::parse_name(word, oci::Reference::Defaults::local);
    if (name.digest)
      throw Error(ErrorKind::usage, fmt::format("the new name \"{}\" has a digest", word),
                  "The digest is given by the image; use a tag.");
    names.push_back(name.text());
  }
  const auto reporter = invocation.make_reporter();
  store::LayoutStore store(invocation.store_root(), store::Access::write, store::Role::store,
                           invocation.store_options(*reporter));
  const images::FoundImage image = images::require_image(store, options.image);
  const oci::Descriptor manifest =
      options.platform.empty()
          ? image.manifest
          : images::narrow_to(store, image.manifest,
                              images::parse_platform(options.platform, "--platform"), image.name);
  for (const std::string& name : names) store.tag(name, manifest);
  return 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("IMAGE", options->image)->required();
  app.add_option("NAME", options->names)->required();
  app.add_option("--platform", options->platform,
                 "Tag this platform of a multi-platform image (default: all of it)")
      ->option_text("OS/ARCH[/VARIANT]");
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command tag_command = {
    .name = "tag",
    .alias = "",
    .group = "Images",
    .operands = "IMAGE NAME...",
    .summary = "Give an image another name",
    .description =
        R"(A NAME without a registry gets localhost, and one without a tag gets latest. An
image that had the name before stays in the store, without it.

Examples:
  # Give an image a name in a registry
  $ modulah tag app 127.0.0.1:5000/demo/app:v1

Exit status:
  0 on success, 1 when there is no such image, 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
