// modulah tag: give an image another name.
#include <memory>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/images/find_image.h"
#include "modulah/images/names.h"

#include "commands.h"

namespace modulah::cli {

namespace {

struct Options {
  std::string image;
  std::vector<std::string> names;
};

int run(const Options& options, const Invocation& invocation) {
  std::vector<std::string> names;
  for (const std::string& word : options.names) {
    const oci::Reference name = images::parse_name(word, oci::Reference::Defaults::local);
    if (name.digest)
      throw Error(ErrorKind::usage, fmt::format("new name \"{}\" has a digest", word),
                  "A digest follows from the image; give a tag.");
    names.push_back(name.text());
  }
  store::LayoutStore store(invocation.store_root(), store::Access::write);
  const images::FoundImage image = images::require_image(store, options.image);
  for (const std::string& name : names) store.tag(name, image.manifest);
  return 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("IMAGE", options->image)->required();
  app.add_option("NAME", options->names)->required();
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
        R"(A NAME without a registry is one of localhost, and one without a tag is latest.
The image that had the name so far stays, without it.

Examples:
  # Name what was built for a registry
  $ modulah tag app 127.0.0.1:5000/demo/app:v1

Exit status:
  0 on success, 1 when there is no such image, 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
