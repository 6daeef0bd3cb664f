// A repository's blobs and manifests over HTTP.
#include "modulah/registry/repository.h"

#include <atomic>
#include <mutex>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/ascii.h"
#include "modulah/base/json.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"

#include "client.h"
#include "download.h"
#include "failure.h"
#include "text_source.h"

namespace modulah::registry {

namespace {

using oci::Descriptor;
using oci::Digest;

/// Blobs up to this size are kept in memory: when sent, for a retry; when fetched, for
/// verification.
constexpr std::uint64_t kSmallBytes = 1 << 20;

constexpr std::string_view kAccepted[] = {oci::media_type::kOciManifest, oci::media_type::kOciIndex,
                                          oci::media_type::kDockerManifest,
                                          oci::media_type::kDockerIndex};

bool is_document(const Descriptor& blob) {
  return oci::is_manifest(blob.media_type) || oci::is_index(blob.media_type);
}

Header accept_header() { return {"Accept", fmt::format("{}", fmt::join(kAccepted, ", "))}; }

std::optional<Digest> digest_of(const HttpResponse& response) {
  const auto text = response.header("Docker-Content-Digest");
  if (!text) return std::nullopt;
  try {
    return Digest::parse(*text);
  } catch (const Error&) {
    return std::nullopt;  // Malformed, or of another algorithm: it is computed here.
  }
}

std::optional<std::uint64_t> length_of(const HttpResponse& response) {
  const auto text = response.header("Content-Length");
  return text ? parse_number<std::uint64_t>(*text) : std::nullopt;
}

/// Without parameters such as a character set.
std::string media_type_of(const HttpResponse& response) {
  std::string_view type = response.header("Content-Type").value_or("");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return std::string(type);
}

/// True for blobs that are fetched and verified as a whole before they are passed on.
bool is_small(const Descriptor& blob) { return is_document(blob) || blob.size <= kSmallBytes; }

/// True for content with a wrong digest: the next answer may be correct.
bool may_be_other(const Error& error) {
  return error.kind() == ErrorKind::corrupt && dynamic_cast<const PassingError*>(&error) == nullptr;
}

PassingError passing(const Error& error) { return {error.message(), std::nullopt, error.kind()}; }

std::unique_ptr<Source> source_of(std::string_view bytes) {
  return std::make_unique<SpanSource>(bytes);
}

}  // namespace

struct Repository::State {
  State(Transport& transport, std::string registry, std::string repository, Intent opened_for,
        RegistryOptions options)
      : client(transport, std::move(registry), std::move(options)),
        name(std::move(repository)),
        intent(opened_for) {
    scopes = {fmt::format("repository:{}:{}", name, intent == Intent::push ? "pull,push" : "pull")};
  }

  [[nodiscard]] std::string path(std::string_view kind, std::string_view reference) const {
    return fmt::format("/v2/{}/{}/{}", name, kind, reference);
  }
  [[nodiscard]] std::string path(const Descriptor& blob) const {
    return path(is_document(blob) ? "manifests" : "blobs", blob.digest.text());
  }
  /// "image 127.0.0.1:5000/demo/app:v1".
  [[nodiscard]] std::string image_name(std::string_view reference) const {
    const bool is_digest = reference.find(':') != std::string_view::npos;
    return fmt::format("image {}/{}{}{}", client.registry(), name, is_digest ? '@' : ':',
                       reference);
  }
  [[noreturn]] void fail(const HttpResponse& answer, std::string thing) const {
    const char* const verb = intent == Intent::push ? "push to" : "pull from";
    throw_failure(answer, {client.registry(), client.user(), fmt::format("{} {}", verb, name),
                           std::move(thing), client.credentials()});
  }
  [[nodiscard]] std::string thing(const Descriptor& blob) const {
    return is_document(blob) ? image_name(blob.digest.text())
                             : fmt::format("blob {} in {}", blob.digest.text(), name);
  }

  [[nodiscard]] Call make_call(const char* method, std::string target) const {
    Call call;
    call.method = method;
    call.target = std::move(target);
    call.scopes = scopes;
    return call;
  }

  [[nodiscard]] std::optional<HttpResponse> head(const std::string& target, const std::string& of);
  [[nodiscard]] std::string get_document(std::string_view reference, std::string& media_type);
  [[nodiscard]] std::unique_ptr<Source> begin_download(const Descriptor& blob);
  [[nodiscard]] std::string fetch_small(const Descriptor& blob);
  void put_document_once(std::string_view reference, const Descriptor& document,
                         std::string_view bytes);
  [[nodiscard]] std::string what_name_is(std::string_view reference);
  [[nodiscard]] std::string upload_location(const Descriptor& blob);
  void upload_once(const Descriptor& blob, const OpenBlob& open);
  void remember(const Descriptor& document, std::string_view bytes);

  Client client;
  const std::string name;
  const Intent intent;
  std::vector<std::string> scopes;
  BlobPlaces* places = nullptr;
  std::mutex mutex;
  std::optional<Digest> last_document;  ///< The last one stored, so that tagging it needs no GET.
  std::string last_bytes;
};

Repository::Repository(Transport& transport, std::string registry, std::string repository,
                       Intent intent, RegistryOptions options)
    : state_(std::make_unique<State>(transport, std::move(registry), std::move(repository), intent,
                                     std::move(options))) {}

Repository::~Repository() = default;

/// The answer to a HEAD request, or nothing for 404.
std::optional<HttpResponse> Repository::State::head(const std::string& target,
                                                    const std::string& of) {
  std::optional<HttpResponse> found;
  client.retried([&] {
    Call call = make_call("HEAD", target);
    call.headers = {accept_header()};
    Answer answer = client.call(call);
    drain(answer.response);
    if (answer.response.status == 404) return;
    if (answer.response.status != 200) fail(answer.response, of);
    found = std::move(answer.response);
  });
  return found;
}

void Repository::prepare() { state_->client.prepare(); }

bool Repository::has(const Descriptor& blob) {
  return state_->head(state_->path(blob), state_->thing(blob)).has_value();
}

/// The blob's bytes, over as many connections as necessary; verified while they are read.
std::unique_ptr<Source> Repository::State::begin_download(const Descriptor& blob) {
  auto begin = [this, blob](std::uint64_t offset) {
    Call call = make_call("GET", path(blob));
    if (is_document(blob)) call.headers.push_back(accept_header());
    if (offset != 0) call.headers.push_back({"Range", fmt::format("bytes={}-", offset)});
    Answer answer = client.call(call);
    const int status = answer.response.status;
    if (status != 200 && !(status == 206 && offset != 0)) fail(answer.response, thing(blob));
    const auto length = length_of(answer.response);
    if (status == 200 && length && *length > blob.size)
      throw Error(ErrorKind::corrupt,
                  fmt::format("registry {} sent {} bytes for {}, which has {}", client.registry(),
                              *length, thing(blob), blob.size));
    return std::move(answer.response);
  };
  return std::make_unique<oci::VerifyingSource>(
      std::make_unique<Download>(client, blob.size, std::move(begin)), blob);
}

/// All of a small blob; fetched again when its digest is wrong.
std::string Repository::State::fetch_small(const Descriptor& blob) {
  if (blob.size > std::max(kSmallBytes, oci::kMaxDocumentBytes))
    throw Error(ErrorKind::invalid, fmt::format("{} has {} bytes, more than the {} allowed",
                                                thing(blob), blob.size, oci::kMaxDocumentBytes));
  for (unsigned failures = 0;; ++failures) {
    try {
      return read_all(*begin_download(blob), blob.size, thing(blob));
    } catch (const Error& error) {
      if (!may_be_other(error) || !client.wait_for_retry(passing(error), failures)) throw;
    }
  }
}

std::unique_ptr<Source> Repository::open(const Descriptor& blob) {
  if (!is_small(blob)) return state_->begin_download(blob);
  return std::make_unique<TextSource>(state_->fetch_small(blob));
}

bool Repository::may_reopen(const Descriptor& blob, const Error& error, unsigned failures) {
  // Small blobs have been retried by `open`.
  return !is_small(blob) && may_be_other(error) &&
         state_->client.wait_for_retry(passing(error), failures);
}

std::string Repository::State::get_document(std::string_view reference, std::string& media_type) {
  std::string bytes;
  client.retried([&] {
    Call call = make_call("GET", path("manifests", reference));
    call.headers = {accept_header()};
    const Answer answer = client.call(call);
    if (answer.response.status != 200) fail(answer.response, image_name(reference));
    media_type = media_type_of(answer.response);
    bytes = read_all(*answer.response.body, oci::kMaxDocumentBytes, image_name(reference));
    const auto digest = digest_of(answer.response);
    if (digest && *digest != Digest::of(bytes))
      throw PassingError(
          fmt::format("{} should have the digest {}, but has {}", image_name(reference),
                      digest->text(), Digest::of(bytes).text()),
          std::nullopt, ErrorKind::corrupt);
  });
  return bytes;
}

namespace {

/// The media type inside a document, for registries that do not send it.
std::string type_inside(std::string_view bytes) {
  const auto document = parse_json<nlohmann::json>(bytes);
  if (!document.is_object()) return {};
  if (document.contains("mediaType") && document["mediaType"].is_string())
    return document["mediaType"].get<std::string>();
  // It is optional in the image-spec.
  if (document.contains("layers")) return std::string(oci::media_type::kOciManifest);
  if (document.contains("manifests")) return std::string(oci::media_type::kOciIndex);
  return {};
}

void check_type(const Descriptor& document, const std::string& thing) {
  if (is_document(document)) return;
  throw Error(ErrorKind::unsupported,
              fmt::format("{} has the media type \"{}\", which is neither a manifest nor an index",
                          thing, clean_text(document.media_type)));
}

}  // namespace

std::optional<Descriptor> Repository::resolve(std::string_view name) {
  State& state = *state_;
  const auto found = state.head(state.path("manifests", name), state.image_name(name));
  if (!found) return std::nullopt;
  std::string type = media_type_of(*found);
  auto digest = digest_of(*found);
  auto length = length_of(*found);
  Descriptor document{type, digest.value_or(Digest::of("")), length.value_or(0)};
  if (!digest || !length || *length == 0 || !is_document(document)) {
    const std::string bytes = state.get_document(name, type);
    if (!is_document({type, document.digest, 0})) type = type_inside(bytes);
    document = {type, Digest::of(bytes), bytes.size()};
  }
  check_type(document, state.image_name(name));
  if (name.starts_with("sha256:") && document.digest.text() != name)
    throw Error(ErrorKind::corrupt, fmt::format("{} has the digest {}", state.image_name(name),
                                                document.digest.text()));
  return document;
}

/// The URL to send the blob to; empty when the registry has it already.
std::string Repository::State::upload_location(const Descriptor& blob) {
  Call call = make_call("POST", fmt::format("/v2/{}/blobs/uploads/", name));
  const std::string source = places != nullptr ? places->find(blob.digest) : "";
  if (!source.empty() && source != name) {
    call.target = with_parameter(call.target, "mount", blob.digest.text());
    call.target = with_parameter(call.target, "from", source);
    call.scopes.push_back(fmt::format("repository:{}:pull", source));
  }
  const Answer answer = client.call(call);
  if (answer.response.status == 201) {
    drain(answer.response);
    return {};
  }
  if (answer.response.status != 202) fail(answer.response, "upload to " + name);
  const auto location = answer.response.header("Location");
  if (!location)
    throw Error(ErrorKind::corrupt,
                fmt::format("registry {} started an upload without a Location", client.registry()));
  const std::string url = resolve_location(answer.url, *location).text();
  drain(answer.response);
  return with_parameter(url, "digest", blob.digest.text());
}

void Repository::State::upload_once(const Descriptor& blob, const OpenBlob& open) {
  const std::string location = upload_location(blob);
  if (location.empty()) return;
  Call call = make_call("PUT", location);
  call.headers = {{"Content-Type", "application/octet-stream"}};
  call.open_body = open;
  call.body_size = blob.size;
  const Answer answer = client.call(call);
  if (answer.response.status != 201)
    fail(answer.response, fmt::format("upload of blob {} to {}", blob.digest.text(), name));
  const auto digest = digest_of(answer.response);
  if (digest && *digest != blob.digest)
    throw PassingError(fmt::format("registry {} stored blob {} as {}", client.registry(),
                                   blob.digest.text(), digest->text()),
                       std::nullopt, ErrorKind::corrupt);
}

void Repository::upload(const Descriptor& blob, const OpenBlob& open) {
  // Each attempt is a new upload: how much of a failed one has arrived is unknown.
  state_->client.retried([&] { state_->upload_once(blob, open); });
  if (state_->places != nullptr) state_->places->add(blob.digest, state_->name);
}

void Repository::State::remember(const Descriptor& document, std::string_view bytes) {
  const std::lock_guard lock(mutex);
  last_document = document.digest;
  last_bytes = bytes;
}

void Repository::put(const Descriptor& blob, Source& content) {
  if (is_document(blob) || blob.size <= kSmallBytes) {
    oci::VerifyingSource verified(std::make_unique<BorrowedSource>(content), blob);
    const std::string bytes = read_all(verified, std::max(kSmallBytes, oci::kMaxDocumentBytes),
                                       fmt::format("blob {}", blob.digest.text()));
    if (is_document(blob)) return put_document(blob.digest.text(), blob, bytes);
    return upload(blob, [&bytes] { return source_of(bytes); });
  }
  bool is_used = false;
  upload(blob, [&]() -> std::unique_ptr<Source> {
    if (is_used)
      throw Error(ErrorKind::unavailable,
                  fmt::format("the upload of blob {} to registry {} was interrupted",
                              blob.digest.text(), state_->client.registry()));
    is_used = true;
    return std::make_unique<oci::VerifyingSource>(std::make_unique<BorrowedSource>(content), blob);
  });
}

void Repository::State::put_document_once(std::string_view reference, const Descriptor& document,
                                          std::string_view bytes) {
  Call call = make_call("PUT", path("manifests", reference));
  call.headers = {{"Content-Type", document.media_type}};
  call.open_body = [bytes] { return source_of(bytes); };
  call.body_size = bytes.size();
  const Answer answer = client.call(call);
  if (answer.response.status != 201) fail(answer.response, image_name(reference));
  const auto digest = digest_of(answer.response);
  if (digest && *digest != document.digest)
    throw PassingError(fmt::format("registry {} stored {} as {}", client.registry(),
                                   document.digest.text(), digest->text()),
                       std::nullopt, ErrorKind::corrupt);
}

/// "v1 is now sha256:…": the state after a failed push.
std::string Repository::State::what_name_is(std::string_view reference) {
  try {
    const auto found = head(path("manifests", reference), image_name(reference));
    if (!found) return fmt::format("{} does not exist", image_name(reference));
    const auto digest = digest_of(*found);
    if (digest) return fmt::format("{} is now {}", image_name(reference), digest->text());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
  }
  return fmt::format("the current state of {} is unknown", image_name(reference));
}

void Repository::put_document(std::string_view name, const Descriptor& document,
                              std::string_view bytes) {
  State& state = *state_;
  bool is_other = false;  // The registry has stored something else, at least once.
  try {
    state.client.retried([&] {
      try {
        state.put_document_once(name, document, bytes);
      } catch (const PassingError& error) {
        is_other = is_other || error.kind() == ErrorKind::corrupt;
        throw;
      }
    });
  } catch (const Error& error) {
    if (!is_other || error.kind() == ErrorKind::cancelled) throw;
    throw Error(error.kind(), fmt::format("{}; {}", error.message(), state.what_name_is(name)),
                "Push again; if that does not help, the registry modifies manifests.");
  }
  state.remember(document, bytes);
}

void Repository::tag(std::string_view name, const Descriptor& manifest) {
  State& state = *state_;
  std::string bytes;
  {
    const std::lock_guard lock(state.mutex);
    if (state.last_document == manifest.digest) bytes = state.last_bytes;
  }
  if (bytes.empty()) bytes = oci::read_blob(*this, manifest, oci::kMaxDocumentBytes);
  put_document(name, manifest, bytes);
}

bool Repository::can_mount(const Descriptor& blob) const {
  if (state_->places == nullptr || is_document(blob)) return false;
  const std::string source = state_->places->find(blob.digest);
  return !source.empty() && source != state_->name;
}

void Repository::use_places(BlobPlaces& places) { state_->places = &places; }

void check_login(Transport& transport, const std::string& registry, RegistryOptions options) {
  Client client(transport, registry, std::move(options));
  client.retried([&] {
    Call call;
    call.target = "/v2/";
    const Answer answer = client.call(call);
    const int status = answer.response.status;
    if (status == 200) return drain(answer.response);
    if ((status == 401 || status == 403) && !client.user().empty())
      throw Error(ErrorKind::denied, fmt::format("registry {} rejected the password of \"{}\"",
                                                 registry, client.user()));
    if (status == 404)
      throw Error(ErrorKind::unavailable,
                  fmt::format("{} is not a registry: it does not have /v2/", registry));
    throw_failure(answer.response,
                  {registry, client.user(), "log in", "/v2/", client.credentials()});
  });
}

}  // namespace modulah::registry
