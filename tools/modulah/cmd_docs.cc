// modulah docs: write the pages of docs/cli and docs/man. For developers of modulah; not listed in
// the help.
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"

#include "commands.h"
#include "pages.h"
#include "print.h"

namespace modulah::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxPageBytes = 1 << 20;

struct Options {
  std::string directory;
  bool is_check = false;
};

/// Pages below `root` whose command no longer exists.
std::vector<std::string> left_over(const fs::path& root,
                                   const std::map<std::string, std::string>& pages) {
  std::vector<std::string> found;
  for (const char* folder : {"cli", "man"}) {
    std::error_code ignored;
    for (const auto& file : fs::directory_iterator(root / folder, ignored)) {
      const std::string path = fmt::format("{}/{}", folder, file.path().filename().native());
      if (!pages.contains(path)) found.push_back(path);
    }
  }
  return found;
}

int check(const fs::path& root, const std::map<std::string, std::string>& pages) {
  std::vector<std::string> stale = left_over(root, pages);
  for (const auto& [path, text] : pages)
    if (read_file_if_exists(root / path, kMaxPageBytes) != text) stale.push_back(path);
  if (stale.empty()) return 0;
  throw Error(ErrorKind::invalid,
              fmt::format("pages in {} are out of date: {}", root.native(), fmt::join(stale, ", ")),
              fmt::format("Run: modulah docs {}", root.native()));
}

int write(const fs::path& root, const std::map<std::string, std::string>& pages) {
  for (const std::string& path : left_over(root, pages)) fs::remove(root / path);
  for (const char* folder : {"cli", "man"}) fs::create_directories(root / folder);
  for (const auto& [path, text] : pages)
    if (read_file_if_exists(root / path, kMaxPageBytes) != text) {
      write_file(root / path, text);
      print(path + "\n");
    }
  return 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("DIR", options->directory)->required();
  app.add_flag("--check", options->is_check, "Write nothing; fail when a page is not up to date");
  return [options](const Invocation& invocation) {
    const fs::path root = invocation.world.directory / options->directory;
    return options->is_check ? check(root, make_pages()) : write(root, make_pages());
  };
}

}  // namespace

const Command docs_command = {
    .name = "docs",
    .alias = "",
    .group = "",
    .operands = "DIR",
    .summary = "Write the pages about the commands",
    .description = "Writes DIR/cli/*.md and DIR/man/*.1, and prints the pages that changed.",
    .define = define,
};

}  // namespace modulah::cli
