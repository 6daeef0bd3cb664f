// "oci:DIR[:REF]" and "oci-archive:FILE[:REF]".
#include "modulah/image/layout_reference.h"

#include <fmt/format.h>

#include "modulah/base/error.h"

namespace modulah::image {

namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// The grammar of the annotation org.opencontainers.image.ref.name: components between slashes; a
/// component is letters and digits with single separators, or "--", between them.
/// https://github.com/opencontainers/image-spec/blob/v1.1.0/annotations.md
bool is_ref_name(std::string_view name) {
  constexpr std::string_view kSeparators = "-._:@+/";
  char last = '/';
  char before_last = '/';
  for (const char c : name) {
    const bool is_second_dash = c == '-' && last == '-' && is_alphanumeric(before_last);
    if (!is_alphanumeric(c) && (kSeparators.find(c) == std::string_view::npos ||
                                (!is_alphanumeric(last) && !is_second_dash)))
      return false;
    before_last = last;
    last = c;
  }
  return is_alphanumeric(last);
}

}  // namespace

std::optional<LayoutReference> parse_layout_reference(std::string_view text) {
  LayoutReference reference;
  std::string_view rest = text;
  if (rest.starts_with("oci:")) {
    rest.remove_prefix(4);
  } else if (rest.starts_with("oci-archive:")) {
    rest.remove_prefix(12);
    reference.kind = LayoutReference::Kind::archive;
  } else {
    return std::nullopt;
  }
  const std::size_t colon = rest.find(':');
  reference.path = rest.substr(0, colon);
  if (reference.path.empty())
    throw Error(ErrorKind::invalid, fmt::format("\"{}\" has no path", text),
                reference.kind == LayoutReference::Kind::archive
                    ? "Write oci-archive:FILE or oci-archive:FILE:NAME."
                    : "Write oci:DIRECTORY or oci:DIRECTORY:NAME.");
  if (colon == std::string_view::npos) return reference;
  reference.name = rest.substr(colon + 1);
  if (!is_ref_name(reference.name))
    throw Error(
        ErrorKind::invalid,
        fmt::format("\"{}\" has the name \"{}\", which is not allowed", text, reference.name),
        "A name is letters and digits with single - . _ : @ + / between them.");
  return reference;
}

}  // namespace modulah::image
