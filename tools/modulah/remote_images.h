// The registries of the command line: the library reads images through it.
#pragma once

#include <list>
#include <memory>

#include "modulah/images/fetch_image.h"
#include "modulah/registry/repository.h"

#include "command.h"
#include "registry_options.h"

namespace modulah::cli {

/// Connects to each repository with the options, logins and proxies of this invocation. The
/// references must outlive it.
class RemoteImages : public images::Registries {
 public:
  RemoteImages(const Invocation& invocation, const RegistryFlags& flags, Reporter& reporter)
      : invocation_(invocation), flags_(flags), reporter_(reporter) {}

  [[nodiscard]] std::unique_ptr<image::ImageStore> open(const oci::Reference& reference) override;
  [[nodiscard]] std::vector<std::string> tags(const oci::Reference& repository) override;

 private:
  const Invocation& invocation_;
  const RegistryFlags& flags_;
  Reporter& reporter_;
  std::list<Connection> connections_;  ///< Those in use: repositories refer to them.
};

/// An image of a registry, and what it is read through.
struct RemoteImage {
  std::unique_ptr<RemoteImages> remote;  ///< Never null; outlives `image`.
  images::OpenedImage image;
};

/// Opens an image where it is, without pulling it. `flags` and `reporter` must outlive it. Throws
/// Error not_found, and what registries throw.
[[nodiscard]] RemoteImage open_remote(const Invocation& invocation, std::string_view name,
                                      const RegistryFlags& flags, Reporter& reporter);

/// What fetch_image() needs to know about this machine and invocation.
[[nodiscard]] images::FetchRequest fetch_request(const Invocation& invocation);

}  // namespace modulah::cli
