// COPY and ADD.
#include <algorithm>

#include <fmt/format.h>

#include "characters.h"
#include "flag_set.h"
#include "typed.h"

namespace modulah::containerfile {

namespace {

constexpr FlagDefinition kCopyFlags[] = {
    {"from", FlagKind::text},    {"chown", FlagKind::text},      {"chmod", FlagKind::text},
    {"link", FlagKind::boolean}, {"parents", FlagKind::boolean}, {"exclude", FlagKind::texts},
};

constexpr FlagDefinition kAddFlags[] = {
    {"chown", FlagKind::text},     {"chmod", FlagKind::text},
    {"link", FlagKind::boolean},   {"exclude", FlagKind::texts},
    {"checksum", FlagKind::text},  {"keep-git-dir", FlagKind::boolean},
    {"unpack", FlagKind::boolean},
};

/// True for a word that announces a here-document. A quote that is not closed makes it another
/// word.
std::optional<HereDocument> here_document_of(const Node& node, const Text& word) {
  if (node.is_json || node.documents.empty()) return std::nullopt;
  try {
    return parse_here_document(word.text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

void read_common_flags(const FlagSet& flags, CopyFlags& into) {
  into.chown = flags.text("chown");
  into.chmod = flags.text("chmod");
  into.is_link = flags.boolean("link").value_or(false);
  into.exclude = flags.texts("exclude");
}

void read_paths(const SourceText& source, const Node& node, SourcesAndDestination& into) {
  const std::string keyword = upper(node.keyword);
  if (node.args.size() < 2)
    throw error_at(source, node.args.empty() ? node.span : node.args.front().span,
                   node.args.empty()
                       ? fmt::format("{} needs a source and a destination", keyword)
                       : fmt::format("{} needs a source and a destination, and there is only {}",
                                     keyword, in_quotes(node.args.front().text)),
                   fmt::format("Write {} SOURCE... DESTINATION.", keyword));
  const Text& last = node.args.back();
  if (here_document_of(node, last))
    throw error_at(
        source, last.span,
        fmt::format("{} cannot copy to the here-document {}", keyword, in_quotes(last.text)),
        "The last word is the destination: a path in the image.");
  std::size_t next = 0;
  for (auto arg = node.args.begin(); arg + 1 != node.args.end(); ++arg) {
    if (next < node.documents.size() && here_document_of(node, *arg))
      into.documents.push_back(node.documents[next++]);
    else
      into.sources.push_back(*arg);
  }
  into.destination = last;
}

}  // namespace

Copy to_copy(const SourceText& source, const Node& node) {
  const FlagSet flags(source, node, kCopyFlags);
  Copy copy;
  read_common_flags(flags, copy);
  copy.from = flags.text("from");
  copy.keeps_parents = flags.boolean("parents").value_or(false);
  read_paths(source, node, copy);
  return copy;
}

Add to_add(const SourceText& source, const Node& node) {
  const FlagSet flags(source, node, kAddFlags);
  Add add;
  read_common_flags(flags, add);
  add.checksum = flags.text("checksum");
  add.keeps_git_dir = flags.boolean("keep-git-dir");
  add.unpacks = flags.boolean("unpack");
  read_paths(source, node, add);
  return add;
}

}  // namespace modulah::containerfile
