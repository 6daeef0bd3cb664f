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

/// Which hosts may be used without TLS. A host with TLS may not redirect to one without, unless all
/// are allowed.
enum class PlainHttp {
  never,
  on_loopback,  ///< Hosts on this machine, when they answer with plain HTTP.
  allowed,      ///< All hosts, also after a failed TLS handshake.
};

/// What a repository is opened for: decides about the scope of tokens.
enum class Intent { pull, push };

struct RegistryOptions {
  Credentials credentials;
  PlainHttp plain_http = PlainHttp::on_loopback;
  unsigned retries = 3;                          ///< After the first attempt, for each request.
  std::chrono::milliseconds retry_delay{1'000};  ///< Before the first retry; doubled each time.
  /// Waits; throws Error cancelled when it is interrupted. Empty: no waiting.
  std::function<void(std::chrono::milliseconds)> sleep;
  /// The clock for the expiry of tokens; empty: the steady clock.
  std::function<std::chrono::steady_clock::time_point()> clock;
  Reporter* reporter = nullptr;  ///< Null: silent. Must outlive the repository.
};

/// Opens a blob; may be called several times.
using OpenBlob = std::function<std::unique_ptr<Source>()>;

/// Remembers between pushes which repository of the registry has a blob. Safe to use from several
/// threads at once.
class BlobPlaces {
 public:
  virtual ~BlobPlaces() = default;
  /// A repository that had the blob, or empty. It may have been removed since.
  [[nodiscard]] virtual std::string find(const oci::Digest& blob) = 0;
  /// `repository` has the blob.
  virtual void add(const oci::Digest& blob, const std::string& repository) = 0;
};

/// Names are tags or digests ("sha256:…"). Manifests are found by their digests like blobs. Safe to
/// use from several threads at once; the sources that it returns must not outlive it.
class Repository : public image::ImageStore {
 public:
  /// `transport` must outlive it. `registry` is host[:port], `repository` a path like "demo/app".
  /// Sends no request yet.
  Repository(Transport& transport, std::string registry, std::string repository, Intent intent,
             RegistryOptions options);
  ~Repository() override;

  /// See Transport::prepare.
  void prepare();
  [[nodiscard]] bool has(const oci::Descriptor& blob) override;
  [[nodiscard]] std::unique_ptr<Source> open(const oci::Descriptor& blob) override;
  /// A large blob is retried only while nothing of `content` has been read; see `upload`.
  void put(const oci::Descriptor& blob, Source& content) override;
  /// True, after a wait, for a large blob whose digest was wrong.
  [[nodiscard]] bool may_reopen(const oci::Descriptor& blob, const Error& error,
                                unsigned failures) override;
  /// One HEAD request, and one GET when the answer does not have the digest.
  [[nodiscard]] std::optional<oci::Descriptor> resolve(std::string_view name) override;
  void tag(std::string_view name, const oci::Descriptor& manifest) override;

  /// Stores a blob, and starts again with `open` after a temporary failure.
  void upload(const oci::Descriptor& blob, const OpenBlob& open);
  /// Stores a manifest or index under a tag or its digest. Throws Error corrupt, with the current
  /// state of the tag, when the registry stores it under another digest each time.
  void put_document(std::string_view name, const oci::Descriptor& document, std::string_view bytes);
  /// Whether a blob is known to be in another repository of the registry, so that `upload` can try
  /// to mount it without a check first. Sends no request.
  [[nodiscard]] bool can_mount(const oci::Descriptor& blob) const;
  /// Blobs that another repository of the registry has are mounted instead of sent from now on.
  /// `places` must outlive the repository. Call before the first `put`.
  void use_places(BlobPlaces& places);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Copies `root` and all it refers to, and names it `name` (a tag or its digest). Takes two
/// simultaneous requests when the name has this digest already. Blobs are sent in parallel, and the
/// manifest last, once, under its name.
image::CopyResult push_image(image::ImageStore& from, Repository& to, const oci::Descriptor& root,
                             std::string_view name, const image::CopyOptions& options = {});

/// Checks whether the registry accepts the credentials in `options`. Throws Error denied when it
/// rejects them, unavailable when it does not answer.
void check_login(Transport& transport, const std::string& registry, RegistryOptions options);

/// True for "localhost", "127.0.0.1:5000", "[::1]" and the like.
[[nodiscard]] bool is_loopback(std::string_view registry);

}  // namespace modulah::registry
