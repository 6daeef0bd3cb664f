// Wildcards in the sources of COPY and ADD.
#include <algorithm>

#include "modulah/containerfile/ignore.h"

#include "wildcard.h"

namespace modulah::containerfile {

bool Glob::is_wildcard(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '*' || text[i] == '?' || text[i] == '[')
      return true;
  }
  return false;
}

std::string Glob::unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    plain += text[i];
  }
  return plain;
}

Glob::Glob(std::string_view text)
    : wildcard_(std::make_shared<const Wildcard>(text, DoubleStar::plain)),
      depth_(static_cast<std::size_t>(std::count(text.begin(), text.end(), '/')) + 1) {
  std::size_t end = 0;
  for (std::size_t slash = text.find('/'); slash != text.npos; slash = text.find('/', slash + 1)) {
    if (text.substr(0, slash).find_first_of("*?[\\") != text.npos) break;
    end = slash;
  }
  literal_directory_ = std::string(text.substr(0, end));
}

bool Glob::matches(std::string_view path) const { return wildcard_->matches(path); }

}  // namespace modulah::containerfile
