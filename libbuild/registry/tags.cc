// Reads the list of tags page by page.
// https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#listing-tags
#include "modulah/registry/tags.h"

#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/base/json.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/nesting.h"

#include "client.h"
#include "failure.h"

namespace modulah::registry {

namespace {

/// A registry that gives one tag a page, for ever, is stopped here.
constexpr unsigned kMaxPages = 10'000;

/// The path of the next page, by a header like `</v2/app/tags/list?last=b&n=2>; rel="next"`; empty
/// when there is none. Another host's page is not asked for: it is not this registry's list.
std::string next_page(const HttpResponse& response) {
  const std::string link(response.header("Link").value_or(""));
  const std::size_t begin = link.find('<');
  const std::size_t end = link.find('>');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
  if (link.find("rel=\"next\"", end) == std::string::npos &&
      link.find("rel=next", end) == std::string::npos)
    return {};
  std::string target = link.substr(begin + 1, end - begin - 1);
  if (const std::size_t scheme = target.find("://"); scheme != std::string::npos) {
    const std::size_t slash = target.find('/', scheme + 3);
    target = slash == std::string::npos ? "" : target.substr(slash);
  }
  return target.starts_with("/v2/") ? target : std::string();
}

/// Adds the tags of a page that are not known; returns how many were new.
std::size_t add_tags(const std::string& text, const std::string& what, std::set<std::string>& known,
                     std::vector<std::string>& tags) {
  oci::check_nesting(text, what);
  const nlohmann::json json = parse_json<nlohmann::json>(text);
  const bool is_list = json.is_object() && json.contains("tags") &&
                       (json["tags"].is_array() || json["tags"].is_null());
  if (!is_list) throw Error(ErrorKind::invalid, fmt::format("{} is malformed", what));
  std::size_t count = 0;
  for (const nlohmann::json& tag : json["tags"]) {
    if (!tag.is_string())
      throw Error(ErrorKind::invalid, fmt::format("{} has a tag that is not a text", what));
    if (!known.insert(tag.get<std::string>()).second) continue;
    tags.push_back(tag.get<std::string>());
    ++count;
  }
  if (tags.size() > kMaxTags)
    throw Error(ErrorKind::invalid, fmt::format("{} has more than {} tags", what, kMaxTags));
  return count;
}

}  // namespace

std::vector<std::string> list_tags(Transport& transport, const std::string& registry,
                                   const std::string& repository, const RegistryOptions& options) {
  Client client(transport, registry, options);
  const std::string what = fmt::format("the list of tags of {}/{}", registry, repository);
  std::set<std::string> known;
  std::vector<std::string> tags;
  std::string target = fmt::format("/v2/{}/tags/list", repository);
  for (unsigned page = 0; !target.empty() && page < kMaxPages; ++page) {
    std::string text;
    std::string next;
    client.retried([&] {
      Call call;
      call.target = target;
      call.scopes = {fmt::format("repository:{}:pull", repository)};
      const Answer answer = client.call(call);
      if (answer.response.status != 200)
        throw_failure(answer.response,
                      {client.registry(), client.user(),
                       fmt::format("list the tags of {}", repository), what, client.credentials()});
      next = next_page(answer.response);
      text = read_all(*answer.response.body, oci::kMaxDocumentBytes, what);
    });
    // A page without anything new would be asked for again and again.
    if (add_tags(text, what, known, tags) == 0) break;
    target = std::move(next);
  }
  return tags;
}

}  // namespace modulah::registry
