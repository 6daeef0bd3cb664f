// modulah exists: is an image in the store?
#include <memory>

#include "modulah/images/find_image.h"

#include "commands.h"

namespace modulah::cli {

namespace {

constexpr int kCannotTell = 125;

Run define(CLI::App& app) {
  auto word = std::make_shared<std::string>();
  app.add_option("IMAGE", *word)->required();
  return [word](const Invocation& invocation) {
    store::LayoutStore store(invocation.store_root(), store::Access::read);
    return images::find_image(store, *word) ? 0 : 1;
  };
}

}  // namespace

const Command exists_command = {
    .name = "exists",
    .alias = "",
    .group = "Images",
    .operands = "IMAGE",
    .summary = "Check whether an image is in the store",
    .description =
        R"(Nothing is printed: the exit status is the answer.

Examples:
  # Pull an image unless it is there
  $ modulah exists demo/app:v1 || modulah pull demo/app:v1

Exit status:
  0 when the image is in the store, 1 when it is not, 125 when that cannot be
  determined or the command line is wrong.)",
    .define = define,
    .failure_status = kCannotTell,
};

}  // namespace modulah::cli
