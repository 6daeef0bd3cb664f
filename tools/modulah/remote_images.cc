// A connection for each repository.
#include "remote_images.h"

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/images/names.h"
#include "modulah/registry/curl_transport.h"
#include "modulah/registry/tags.h"

#include "open_image.h"

namespace modulah::cli {

std::unique_ptr<image::ImageStore> RemoteImages::open(const oci::Reference& reference) {
  const registry::CurlPreload loading;  // While logins and certificates are looked for.
  const Connection& connection =
      connections_.emplace_back(connect(invocation_, flags_, reference, reporter_));
  return std::make_unique<registry::Repository>(*connection.transport, reference.registry,
                                                reference.repository, registry::Intent::pull,
                                                connection.options);
}

std::vector<std::string> RemoteImages::tags(const oci::Reference& repository) {
  const registry::CurlPreload loading;
  const Connection connection = connect(invocation_, flags_, repository, reporter_);
  return registry::list_tags(*connection.transport, repository.registry, repository.repository,
                             connection.options);
}

RemoteImage open_remote(const Invocation& invocation, std::string_view name,
                        const RegistryFlags& flags, Reporter& reporter) {
  const oci::Reference reference = images::parse_name(name, oci::Reference::Defaults::docker);
  auto remote = std::make_unique<RemoteImages>(invocation, flags, reporter);
  std::unique_ptr<image::ImageStore> blobs = remote->open(reference);
  const auto manifest = blobs->resolve(name_in_repository(
      reference.digest
          ? oci::Reference{reference.registry, reference.repository, "", reference.digest}
          : reference));
  if (!manifest)
    throw Error(ErrorKind::not_found,
                fmt::format("registry {} has no image {}", reference.registry, reference.text()));
  return {std::move(remote),
          {nullptr, std::move(blobs), reference.text(), *manifest, {reference.text()}}};
}

images::FetchRequest fetch_request(const Invocation& invocation) {
  images::FetchRequest request;
  request.host = invocation.world.platform;
  request.surroundings = surroundings_of(invocation);
  return request;
}

}  // namespace modulah::cli
