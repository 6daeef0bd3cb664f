// The words of one instruction, expanded with the variables as they are before it.
#pragma once

#include <string>
#include <vector>

#include "modulah/containerfile/ast.h"
#include "modulah/containerfile/expander.h"

namespace modulah::builder {

/// Errors of all its functions have the place of the text in front. References must outlive it.
class Words {
 public:
  Words(const containerfile::SourceText& source, char escape, containerfile::Lookup lookup)
      : source_(source), escape_(escape), lookup_(std::move(lookup)) {}

  [[nodiscard]] const containerfile::SourceText& source() const noexcept { return source_; }

  [[nodiscard]] std::string one(const containerfile::Text& text) const {
    return containerfile::with_place(source_, text.span, [&] {
      return containerfile::expand_word(text.text, lookup_, escape_).text;
    });
  }
  [[nodiscard]] std::vector<std::string> split(const containerfile::Text& text) const {
    return containerfile::with_place(source_, text.span, [&] {
      return containerfile::expand_words(text.text, lookup_, escape_).words;
    });
  }
  [[nodiscard]] std::string document(const containerfile::HereDocument& document) const {
    return containerfile::with_place(source_, document.span, [&] {
      return containerfile::expand_document(document, lookup_).text;
    });
  }

 private:
  const containerfile::SourceText& source_;
  char escape_;
  containerfile::Lookup lookup_;
};

}  // namespace modulah::builder
