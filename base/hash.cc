// SHA-256 by OpenSSL, which uses the processor's SHA instructions where it has them.
//
// OpenSSL's start-up is kept small: no configuration file is read (nothing in it may change
// what a hash is), and the algorithm is looked up once for the whole process instead of for
// each hash.
#include "modulah/base/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "modulah/base/error.h"

namespace modulah {

namespace {

[[noreturn]] void throw_hash_error() {
  throw Error(ErrorKind::io, "the crypto library cannot compute SHA-256",
              "A policy of this system may forbid it; OpenSSL's providers decide.");
}

/// The algorithm, fetched once; OpenSSL frees it when the process ends.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = [] {
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr);
    return EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
  }();
  if (algorithm == nullptr) throw_hash_error();
  return algorithm;
}

}  // namespace

struct Sha256Sink::State {
  State() : context(EVP_MD_CTX_new()) {
    if (context == nullptr || EVP_DigestInit_ex(context, sha256_algorithm(), nullptr) != 1) {
      EVP_MD_CTX_free(context);
      throw_hash_error();
    }
  }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  EVP_MD_CTX* context;
};

Sha256Sink::Sha256Sink() : state_(std::make_unique<State>()) {}
Sha256Sink::~Sha256Sink() = default;
Sha256Sink::Sha256Sink(Sha256Sink&&) noexcept = default;
Sha256Sink& Sha256Sink::operator=(Sha256Sink&&) noexcept = default;

void Sha256Sink::write(std::span<const std::byte> bytes) {
  if (EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) != 1) throw_hash_error();
  count_ += bytes.size();
}

Sha256Bytes Sha256Sink::finish() {
  Sha256Bytes hash;
  if (EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(hash.data()), nullptr) !=
      1)
    throw_hash_error();
  return hash;
}

Sha256Bytes sha256(std::span<const std::byte> bytes) {
  Sha256Sink sink;
  sink.write(bytes);
  return sink.finish();
}

std::string to_hex(std::span<const std::byte> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::byte byte : bytes) {
    text += kDigits[std::to_integer<unsigned>(byte) >> 4];
    text += kDigits[std::to_integer<unsigned>(byte) & 15];
  }
  return text;
}

}  // namespace modulah
