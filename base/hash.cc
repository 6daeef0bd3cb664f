// SHA-256 by OpenSSL, which uses the processor's SHA instructions where it has them.
//
// By the functions of this one hash, and not by EVP: that sets up every algorithm of the library
// first, names, error texts and all, which takes longer than a build that finds nothing changed.
// OpenSSL 3 advises against them because a policy of the system cannot replace them; what a digest
// is must not depend on one.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "modulah/base/hash.h"

#include <openssl/sha.h>

namespace modulah {

struct Sha256Sink::State {
  State() { SHA256_Init(&context); }

  SHA256_CTX context;
};

Sha256Sink::Sha256Sink() : state_(std::make_unique<State>()) {}
Sha256Sink::~Sha256Sink() = default;
Sha256Sink::Sha256Sink(Sha256Sink&&) noexcept = default;
Sha256Sink& Sha256Sink::operator=(Sha256Sink&&) noexcept = default;

void Sha256Sink::write(std::span<const std::byte> bytes) {
  SHA256_Update(&state_->context, bytes.data(), bytes.size());
  count_ += bytes.size();
}

Sha256Bytes Sha256Sink::finish() {
  Sha256Bytes hash;
  SHA256_Final(reinterpret_cast<unsigned char*>(hash.data()), &state_->context);
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
