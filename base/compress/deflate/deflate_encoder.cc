#include "compress/deflate/deflate_encoder.h"

#include "compress/deflate/block_writer.h"
#include "compress/deflate/match_finder.h"

namespace modulah::deflate {

struct Encoder::State {
  MatchFinder finder;
  Block block{};
};

Encoder::Encoder() : state_(std::make_unique<State>()) {}
Encoder::~Encoder() = default;

std::size_t Encoder::encode(std::span<const std::byte> window, std::size_t dictionary_bytes,
                            std::span<std::byte> out) {
  BitWriter writer(out.data());
  state_->finder.start(window, dictionary_bytes);
  while (state_->finder.next(state_->block)) write_block(state_->block, writer);
  write_byte_boundary(writer);
  return static_cast<std::size_t>(writer.position() - out.data());
}

}  // namespace modulah::deflate
