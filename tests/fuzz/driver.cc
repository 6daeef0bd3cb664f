// Runs a fuzz target without libFuzzer: over inputs that are made up, the same each time.
//
// usage: fuzz_NAME [DIRECTORY]      (a directory of small inputs to begin with)
//
// Random bytes rarely get past a reader's first check, so half of the inputs are put together from
// words that such readers know, or are one of the directory's files, and mutated. A crash, a hang
// or an exception ends the test.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/base/files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int kRuns = 4'000;
constexpr std::size_t kMaxBytes = 2'000;

constexpr std::array<std::string_view, 40> kWords = {
    std::string_view("\0asm\1\0\0\0", 8),
    std::string_view("\0asm\x0d\0\1\0", 8),
    std::string_view("\1\4\1\x60\0\0", 6),
    std::string_view("\x80\x80\x80\x80\x80\x80", 6),
    std::string_view("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10),
    std::string_view("\x28\xb5\x2f\xfd", 4),
    std::string_view("ustar\0"
                     "00",
                     8),
    std::string_view("0000644\0", 8),
    "FROM scratch\n",
    "COPY ",
    "ADD ",
    "ENV a=b ",
    "ARG x\n",
    "RUN ",
    "<<EOF ",
    "EOF\n",
    "# escape=`\n",
    "\\\n",
    "--chmod=755 ",
    "[\"a\", \"b\"]",
    "${a:-b}",
    "${x##*/}",
    "'",
    "\"",
    "!",
    "**/",
    "*.o\n",
    "[a-z]",
    "Bearer realm=\"",
    "scope=\"",
    "Basic ",
    ",",
    "=",
    "{\"auths\":{",
    "\"auth\":\"YTpi\"",
    "}}",
    "{\"manifests\":[",
    "\"digest\":\"sha256:",
    "\"size\":",
    "../",
};

/// The files of a directory, in the order of their names.
std::vector<std::string> read_seeds(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> seeds;
  for (const auto& path : paths) seeds.push_back(modulah::read_file(path, 1 << 20));
  return seeds;
}

std::string make_input(std::mt19937& random, const std::vector<std::string>& seeds) {
  const auto below = [&](std::size_t limit) { return random() % limit; };
  std::string input;
  if (below(2) == 0) {
    input.resize(below(kMaxBytes));
    for (char& c : input) c = static_cast<char>(below(256));
    return input;
  }
  if (!seeds.empty() && below(2) == 0)
    input = seeds[below(seeds.size())];
  else
    for (std::size_t count = below(30); count > 0; --count) input += kWords[below(kWords.size())];
  for (std::size_t count = below(4); count > 0 && !input.empty(); --count)
    input[below(input.size())] = static_cast<char>(below(256));
  if (below(3) == 0) input.resize(below(input.size() + 1));
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> seeds;
  if (argc > 1) seeds = read_seeds(argv[1]);
  std::mt19937 random(20'261);  // The same inputs each time.
  for (int run = 0; run < kRuns; ++run) {
    // The seeds as they are come first.
    const std::string input = static_cast<std::size_t>(run) < seeds.size()
                                  ? seeds[static_cast<std::size_t>(run)]
                                  : make_input(random, seeds);
    // The target gets memory of its own, so that a sanitizer sees each byte behind the end.
    const std::string copy(input.data(), input.size());
    (void)LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(copy.data()), copy.size());
  }
  std::printf("%d inputs\n", kRuns);
  return 0;
}
