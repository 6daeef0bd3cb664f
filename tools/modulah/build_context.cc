// Standard input is written to a file first: whether it is an archive is told by its content, and
// when it is none, it has to be read once more as a Containerfile.
#include "build_context.h"

#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/layer/archive_reader.h"
#include "modulah/layer/unpack.h"

namespace modulah::cli {

namespace {

void save_input(const std::filesystem::path& path) {
  FileSource input(FileDescriptor(::dup(STDIN_FILENO)), "standard input");
  AtomicFile file(path.parent_path(), 0600);
  (void)copy(input, file);
  file.commit(path);
}

BuildContext read_input_context(const World& world) {
  const std::string parent = world.env("TMPDIR");
  BuildContext context;
  context.temporary = std::make_unique<TempDir>(parent.empty() ? "/tmp" : parent);
  const std::filesystem::path input = context.temporary->path() / "input";
  const std::filesystem::path directory = context.temporary->path() / "context";
  save_input(input);
  std::filesystem::create_directory(directory);
  context.path = directory.native();
  FileDescriptor file(::open(input.c_str(), O_RDONLY | O_CLOEXEC));
  if (const auto archive = layer::ArchiveReader::open(std::move(file), "standard input")) {
    layer::unpack_archive(*archive, directory);
    std::filesystem::remove(input);
  } else {
    context.file = input.native();
  }
  return context;
}

}  // namespace

BuildContext open_build_context(const std::string& word, const World& world) {
  if (word == "-") return read_input_context(world);
  if (word.find("://") != std::string::npos)
    throw Error(ErrorKind::unsupported,
                fmt::format("the build context \"{}\" is a URL, which is not supported yet", word),
                "Give a directory, or pipe an archive of it to 'modulah build -'.");
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(world.directory / word, ignored)) return {word, {}, {}};
  const std::filesystem::path parent = std::filesystem::path(word).parent_path();
  return {parent.empty() ? "." : parent.native(), word, {}};
}

}  // namespace modulah::cli
