// How much a Containerfile may ask for. Every limit of the language and of a build's configuration
// is here; each is an Error that names the line where it is exceeded.
//
// The time and memory that a Containerfile takes grow in proportion to its size up to these limits,
// whatever is in it. All of them are far beyond what useful files need.
#pragma once

#include <cstddef>

namespace modulah::containerfile {

/// The largest Containerfile, in bytes.
inline constexpr std::size_t kMaxSourceBytes = std::size_t{16} << 20;
/// The instructions of a file, over all its stages.
inline constexpr std::size_t kMaxInstructions = 100'000;
/// The words of all instructions: flags, paths, ports, names and values. The text of a command is
/// one word, here-documents are none.
inline constexpr std::size_t kMaxWords = 500'000;
/// How many syntax errors of one file are reported; further ones are counted.
inline constexpr std::size_t kMaxSyntaxErrors = 20;
/// Parsing stops at this many syntax errors.
inline constexpr std::size_t kMaxCountedSyntaxErrors = 100;

/// The nesting of ${…} in a word.
inline constexpr int kMaxExpansionDepth = 100;
/// The size of one expanded word or here-document, in bytes.
inline constexpr std::size_t kMaxExpandedBytes = std::size_t{16} << 20;
/// What all expansions of a build for one platform may produce, in bytes: each variable that is
/// looked up and each text that is put together counts, and a pattern counts the more the longer it
/// is. See ExpansionBudget.
inline constexpr std::size_t kMaxTotalExpandedBytes = std::size_t{64} << 20;
/// The length of the pattern in ${v#p} and the like, in bytes.
inline constexpr std::size_t kMaxPatternBytes = 4096;

/// The ports that all EXPOSE of a stage name, each one of a range counted, also those named before.
inline constexpr std::size_t kMaxExposedPorts = 65'536;
/// The size of an image's configuration as JSON, in bytes: what registries and runtimes accept, and
/// what `modulah run` reads (oci::kMaxDocumentBytes).
inline constexpr std::size_t kMaxConfigurationBytes = std::size_t{4} << 20;

}  // namespace modulah::containerfile
