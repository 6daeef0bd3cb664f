// One repository of a registry as a store of images.
//
// https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "modulah/base/reporter.h"
#include "modulah/image/copy.h"
#include "modulah/image/image_store.h"
#include "modulah/registry/credentials.h"
#include "modulah/registry/transport.h"

namespace modulah::registry {

/// Which hosts may be spoken to without TLS. One that has TLS never leads to one that has not,
/// unless all are allowed.
enum class PlainHttp {
  never,
  on_loopback,  ///< Hosts of this machine, when they answer in plain HTTP.
  allowed,      ///< All, also when TLS fails without an answer.
};

/// What a repository is opened for: tokens are asked for accordingly.
enum class Intent { pull, push };

struct RegistryOptions {
  Credentials credentials;
  PlainHttp plain_http = PlainHttp::on_loopback;
  unsigned retries = 3;                          ///< After the first try, for each request.
  std::chrono::milliseconds retry_delay{1'000};  ///< Before the first retry; doubled each time.
  /// Waits; throws Error cancelled when it is interrupted. Not given: no waiting.
  std::function<void(std::chrono::milliseconds)> sleep;
  /// When tokens end is told by this; not given: the steady clock.
  std::function<std::chrono::steady_clock::time_point()> clock;
  Reporter* reporter = nullptr;  ///< Null: silent. Must outlive the repository.
};

/// Gives a blob's bytes, anew each time.
using OpenBlob = std::function<std::unique_ptr<Source>()>;

/// What is remembered between pushes: which repository of the registry has a blob. Safe to use from
/// several threads at once.
class BlobPlaces {
 public:
  virtual ~BlobPlaces() = default;
  /// A repository that had the blob, or empty. It may be gone meanwhile.
  [[nodiscard]] virtual std::string find(const oci::Digest& blob) = 0;
  /// `repository` has the blob.
  virtual void add(const oci::Digest& blob, const std::string& repository) = 0;
};

/// Names are tags, or digests ("sha256:…"). Manifests are found under their digests as well as
/// blobs are. Safe to use from several threads at once; sources that it gave must not outlive it.
class Repository : public image::ImageStore {
 public:
  /// `transport` must outlive it. `registry` is host[:port], `repository` a path like "demo/app".
  /// Nothing is asked yet.
  Repository(Transport& transport, std::string registry, std::string repository, Intent intent,
             RegistryOptions options);
  ~Repository() override;

  /// Lets the transport find out what can be known without a request; see Transport::prepare.
  void prepare();
  [[nodiscard]] bool has(const oci::Descriptor& blob) override;
  [[nodiscard]] std::unique_ptr<Source> open(const oci::Descriptor& blob) override;
  /// A blob is tried again only as long as nothing of `content` was read, or when it is small; see
  /// `upload`.
  void put(const oci::Descriptor& blob, Source& content) override;
  /// True, after a wait, for a large blob that had other bytes than its digest says.
  [[nodiscard]] bool may_reopen(const oci::Descriptor& blob, const Error& error,
                                unsigned failures) override;
  /// One HEAD, or one GET when the registry does not say the digest in its answer to it.
  [[nodiscard]] std::optional<oci::Descriptor> resolve(std::string_view name) override;
  void tag(std::string_view name, const oci::Descriptor& manifest) override;

  /// Stores a blob, beginning anew with `open` after a failure that may pass.
  void upload(const oci::Descriptor& blob, const OpenBlob& open);
  /// Stores a manifest or index under a tag or its digest.
  void put_document(std::string_view name, const oci::Descriptor& document, std::string_view bytes);
  /// Whether a blob is known to be in another repository of the registry, so that `upload` can try
  /// to mount it without asking first. Asks nothing.
  [[nodiscard]] bool can_mount(const oci::Descriptor& blob) const;
  /// From now on blobs that another repository of the registry has are mounted instead of sent.
  /// `places` must outlive the repository. Call before the first `put`.
  void use_places(BlobPlaces& places);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Copies `root` and all it refers to and names it `name` (a tag or its digest). Two requests, at
/// the same time, when the name stands for it already. Blobs go side by side, the manifest last,
/// once, under its name.
image::CopyResult push_image(image::ImageStore& from, Repository& to, const oci::Descriptor& root,
                             std::string_view name, const image::CopyOptions& options = {});

/// Asks the registry whether it takes the credentials in `options`. Throws Error denied when it
/// refuses them, unavailable when it does not answer.
void check_login(Transport& transport, const std::string& registry, RegistryOptions options);

/// True for "localhost", "127.0.0.1:5000", "[::1]" and their like.
[[nodiscard]] bool is_loopback(std::string_view registry);

}  // namespace modulah::registry
