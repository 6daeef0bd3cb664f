// How much a Containerfile may ask for. Every limit of the language is here; each is an Error that
// names the line where it is exceeded.
//
// The time and memory that parsing a Containerfile and the rules take grow in proportion to its
// size up to these limits, whatever is in it. All of them are far beyond what useful files need.
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
/// What all expansions that share an ExpansionBudget may produce, in bytes: each variable that is
/// looked up and each text that is put together counts, and a pattern counts the more the longer it
/// is. See ExpansionBudget.
inline constexpr std::size_t kMaxTotalExpandedBytes = std::size_t{64} << 20;
/// The length of the pattern in ${v#p} and the like, in bytes.
inline constexpr std::size_t kMaxPatternBytes = 4096;

}  // namespace modulah::containerfile
