// A connection for each repository.
#include "remote_images.h"

#include "modulah/registry/curl_transport.h"

namespace modulah::cli {

std::unique_ptr<image::ImageStore> RemoteImages::open(const oci::Reference& reference) {
  const registry::CurlPreload loading;  // While logins and certificates are looked for.
  const Connection& connection =
      connections_.emplace_back(connect(invocation_, flags_, reference, reporter_));
  return std::make_unique<registry::Repository>(*connection.transport, reference.registry,
                                                reference.repository, registry::Intent::pull,
                                                connection.options);
}

images::FetchRequest fetch_request(const Invocation& invocation) {
  images::FetchRequest request;
  request.host = invocation.world.platform;
  request.directory = invocation.world.directory;
  return request;
}

}  // namespace modulah::cli
