// Image references, by the grammar of github.com/distribution/reference:
//
//   reference  = name [":" tag] ["@" digest]
//   name       = [domain "/"] component *("/" component)
//   component  = alphanumerics, separated by ".", "_", "__" or any number of "-"
//
// The first part of a name is a domain when it has a dot, a colon or an upper-case letter, or is
// "localhost"; so "127.0.0.1:5000/app" names a registry and "demo/app" does not.
#include "modulah/oci/reference.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "modulah/base/ascii.h"
#include "modulah/base/error.h"

namespace modulah::oci {

namespace {

constexpr std::size_t kMaxRepository = 255;
constexpr std::size_t kMaxTag = 128;
constexpr std::size_t kIdDigits = 64;

[[noreturn]] void refuse(std::string_view text, std::string_view why, std::string_view hint = {}) {
  throw Error(ErrorKind::invalid, fmt::format("image name \"{}\" {}", text, why),
              std::string(hint));
}

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_word(char c) { return is_lower_or_digit(c) || is_upper(c) || c == '_'; }

bool is_domain(std::string_view part) {
  return part == "localhost" || part.find_first_of(".:[") != std::string_view::npos ||
         std::any_of(part.begin(), part.end(), is_upper);
}

bool is_domain_component(std::string_view part) {
  const auto is_allowed = [](char c) { return is_lower_or_digit(c) || is_upper(c) || c == '-'; };
  return !part.empty() && part.front() != '-' && part.back() != '-' &&
         std::all_of(part.begin(), part.end(), is_allowed);
}

void check_port(std::string_view port, std::string_view text) {
  if (port.empty() || !std::all_of(port.begin(), port.end(), is_digit))
    refuse(text, fmt::format("has the port \"{}\", which is not a number", port));
}

void check_domain(std::string_view domain, std::string_view text) {
  std::string_view host = domain;
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    const auto is_allowed = [](char c) {
      return std::isxdigit(static_cast<unsigned char>(c)) || c == ':';
    };
    if (end == std::string_view::npos || end == 1 ||
        !std::all_of(host.begin() + 1, host.begin() + static_cast<std::ptrdiff_t>(end), is_allowed))
      refuse(text, "has a malformed IPv6 address");
    if (end + 1 == host.size()) return;
    if (host[end + 1] != ':') refuse(text, "has a malformed IPv6 address");
    return check_port(host.substr(end + 2), text);
  }
  if (const std::size_t colon = host.find(':'); colon != std::string_view::npos) {
    check_port(host.substr(colon + 1), text);
    host = host.substr(0, colon);
  }
  while (true) {
    const std::size_t dot = host.find('.');
    if (!is_domain_component(host.substr(0, dot)))
      refuse(text, fmt::format("has a malformed registry \"{}\"", domain));
    if (dot == std::string_view::npos) return;
    host.remove_prefix(dot + 1);
  }
}

/// True for a "." or "_" or "__" or a run of "-".
bool is_separator(std::string_view run) {
  return run == "." || run == "_" || run == "__" || run.find_first_not_of('-') == run.npos;
}

void check_component(std::string_view component, std::string_view text) {
  if (component.empty()) refuse(text, "has an empty part between slashes");
  if (std::any_of(component.begin(), component.end(), is_upper))
    refuse(text, fmt::format("has upper-case letters in \"{}\"", component),
           "Repository names are lower case.");
  std::size_t at = 0;
  while (at < component.size()) {
    const std::size_t begin = at;
    while (at < component.size() && is_lower_or_digit(component[at])) ++at;
    if (at == begin)
      refuse(text, fmt::format("has \"{}\", where letters and digits may be separated by '.', '_', "
                               "'__' or '-' only",
                               component));
    if (at == component.size()) return;
    const std::size_t run = at;
    while (at < component.size() && !is_lower_or_digit(component[at])) ++at;
    if (at == component.size() || !is_separator(component.substr(run, at - run)))
      refuse(text, fmt::format("has \"{}\", where letters and digits may be separated by '.', '_', "
                               "'__' or '-' only",
                               component));
  }
}

void check_repository(std::string_view repository, std::string_view text) {
  if (repository.size() > kMaxRepository)
    refuse(text, fmt::format("is longer than {} characters", kMaxRepository));
  std::string_view rest = repository;
  while (true) {
    const std::size_t slash = rest.find('/');
    check_component(rest.substr(0, slash), text);
    if (slash == std::string_view::npos) return;
    rest.remove_prefix(slash + 1);
  }
}

void check_tag(std::string_view tag, std::string_view text) {
  const auto is_allowed = [](char c) { return is_word(c) || c == '.' || c == '-'; };
  if (tag.empty()) refuse(text, "has an empty tag after ':'");
  if (tag.size() > kMaxTag || !is_word(tag.front()) ||
      !std::all_of(tag.begin(), tag.end(), is_allowed))
    refuse(text, fmt::format("has the malformed tag \"{}\"", tag),
           "A tag has up to 128 letters, digits, '_', '.' and '-', and begins with none of the "
           "last two.");
}

/// Throws for "user:password@registry/name", as URLs have it, without showing what is before
/// the
/// "@". A digest has no "/".
void refuse_login(std::string_view text) {
  const std::size_t slash = text.rfind('/');
  const std::size_t at = slash == std::string_view::npos ? slash : text.rfind('@', slash);
  if (at == std::string_view::npos) return;
  throw Error(
      ErrorKind::invalid,
      fmt::format("image name \"…{}\" has a user's name before its registry", text.substr(at)),
      "Run 'modulah login REGISTRY', or give --creds USER:PASSWORD.");
}

}  // namespace

Reference Reference::parse(std::string_view text, Defaults defaults) {
  refuse_login(text);
  Reference reference;
  std::string_view name = text;
  if (const std::size_t at = name.find('@'); at != std::string_view::npos) {
    reference.digest = with_context([&] { return fmt::format("image name \"{}\"", text); },
                                    [&] { return Digest::parse(name.substr(at + 1)); });
    name = name.substr(0, at);
  }
  // A colon after the last slash begins a tag; one before it belongs to the registry's port.
  const std::size_t slash = name.rfind('/');
  const std::size_t colon = name.rfind(':');
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
    check_tag(name.substr(colon + 1), text);
    reference.tag = name.substr(colon + 1);
    name = name.substr(0, colon);
  }
  if (name.empty()) refuse(text, "has no repository");
  // The grammar has no such names, so that an id is never one.
  if (name.size() == kIdDigits && std::all_of(name.begin(), name.end(), is_hex_digit))
    refuse(text, fmt::format("consists of {} hexadecimal digits, as ids do", kIdDigits),
           "Give the image another name.");
  const std::size_t first = name.find('/');
  if (first != std::string_view::npos && is_domain(name.substr(0, first))) {
    check_domain(name.substr(0, first), text);
    reference.registry = name.substr(0, first);
    name.remove_prefix(first + 1);
  } else {
    reference.registry = defaults == Defaults::local ? "localhost" : "docker.io";
  }
  if (reference.registry == "index.docker.io") reference.registry = "docker.io";
  check_repository(name, text);
  reference.repository = name;
  if (reference.registry == "docker.io" && name.find('/') == std::string_view::npos)
    reference.repository = fmt::format("library/{}", name);
  if (reference.tag.empty() && !reference.digest) reference.tag = "latest";
  return reference;
}

std::string Reference::text() const {
  std::string text = name();
  if (!tag.empty()) text += fmt::format(":{}", tag);
  if (digest) text += fmt::format("@{}", digest->text());
  return text;
}

}  // namespace modulah::oci
