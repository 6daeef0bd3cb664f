// modulah load: get images from an archive into the store.
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/text.h"
#include "modulah/images/fetch_image.h"

#include "commands.h"
#include "open_image.h"
#include "options.h"
#include "print.h"

namespace modulah::cli {

namespace {

struct Options {
  std::string input;
  bool is_quiet = false;
};

/// What can be read only once as a file in `directory`: an archive is not read from front to back.
std::filesystem::path save_input(Source& input, const std::filesystem::path& directory) {
  AtomicFile file(directory, 0600);
  (void)copy(input, file);
  std::filesystem::path path = directory / "input";
  file.commit(path);
  return path;
}

/// True for a pipe, e.g. one of the shell's <(COMMAND).
bool is_stream(const std::filesystem::path& path) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  return std::filesystem::is_fifo(status) || std::filesystem::is_character_file(status);
}

FileSource open_stream(const std::filesystem::path& path) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw_system_error("open " + path.native(), errno);
  return {std::move(fd), path};
}

/// Loads what is at `path`. Errors call it `shown`, unless that is empty.
std::vector<images::LoadedImage> load(store::LayoutStore& store, const std::filesystem::path& path,
                                      const std::string& shown,
                                      const images::Surroundings& surroundings,
                                      Reporter& reporter) {
  try {
    const image::Place place = images::recognize_place(path, surroundings);
    return images::load_place(store, place, surroundings, reporter);
  } catch (const Error& error) {
    std::string message = error.message();
    const std::size_t at = message.find(path.native());
    if (shown.empty() || at == std::string::npos) throw;
    message.replace(at, path.native().size(), shown);
    throw Error(error.kind(), std::move(message), error.hint());
  }
}

int run(const Options& options, const Invocation& invocation) {
  const bool is_input = options.input.empty() || options.input == "-";
  if (is_input && invocation.world.is_input_terminal)
    throw Error(ErrorKind::usage, "standard input is a terminal, not an archive",
                "Name a file with --input FILE, or redirect standard input.");
  const std::stop_token stop = invocation.stop();
  const auto reporter = invocation.make_reporter(options.is_quiet);
  const images::Surroundings surroundings = surroundings_of(invocation);
  std::unique_ptr<TempDir> temporary;
  std::filesystem::path path = options.input;
  if (is_input || is_stream(surroundings.directory / path)) {
    temporary = std::make_unique<TempDir>(surroundings.temporary_directory);
    FileSource input = is_input ? FileSource(FileDescriptor(::dup(STDIN_FILENO)), "standard input")
                                : open_stream(surroundings.directory / path);
    path = save_input(input, temporary->path());
  }
  store::LayoutStore store(invocation.store_root(), store::Access::write, store::Role::store,
                           invocation.store_options(*reporter, stop));
  for (const images::LoadedImage& image :
       load(store, path, temporary ? is_input ? "standard input" : options.input : "", surroundings,
            *reporter)) {
    if (image.names.empty()) print(fmt::format("Loaded image: {}\n", image.id.text()));
    for (const std::string& name : image.names)
      print(fmt::format("Loaded image: {}\n", printable(name)));
  }
  return 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("-i,--input", options->input,
                 "Read this archive or directory (default: standard input)")
      ->option_text("FILE");
  app.add_flag("-q,--quiet", options->is_quiet, "Print only the names, warnings and errors");
  accept_silently(app, {}, {"--signature-policy"});
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command load_command = {
    .name = "load",
    .alias = "",
    .group = "Images",
    .operands = "",
    .summary = "Load images from an archive",
    .description =
        R"(The archive is what 'modulah save', podman, docker, buildah or skopeo have
written: docker-archive or oci-archive, also compressed with gzip or zstd, or a
directory in one of these forms. All of its images are loaded, under the names
that they have there; a name that the store has already moves to the new image.

An image of a docker-archive has no annotations: what is to be run by crun needs
the label module.wasm.image/variant, which 'modulah build' sets.

Examples:
  # Load what was saved on another machine
  $ modulah load --input app.tar

  # From another tool
  $ podman save demo/app | modulah load

Exit status:
  0 on success, 1 when it fails, 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
