// Writes one image layer, reading its content once.
//
// The tar is put together in a few pieces of memory that are used in turn. A piece that is full
// goes two ways at once: its hash is taken by another thread while this one hands it to the
// compressor. It is used again when both are done, so memory is bounded, and content is
// read straight into its place in the tar. Content that is in memory already is not copied at
// all. A layer that fits into one piece needs no other thread.
#include "modulah/layer/layer_writer.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"

#include "hash_thread.h"

namespace modulah::layer {

namespace {

/// Large enough for few system calls, small enough to stay in the processor's cache.
constexpr std::size_t kPieceBytes = 256 * 1024;
constexpr std::size_t kPieces = 4;
/// Content in memory is passed on in steps of this, so that hash and compressor run side by side.
constexpr std::size_t kStepBytes = 256 * 1024;

struct Piece {
  std::unique_ptr<std::byte[]> bytes;  ///< Made when first used.
  std::size_t hash_number = 0;         ///< Of its last use in the HashThread; 0: none.
};

}  // namespace

struct LayerWriter::State {
  State(std::unique_ptr<image::BlobWriter> writer, const LayerOptions& layer_options)
      : options(layer_options), out(std::move(writer)) {
    if (options.compression != Compression::none)
      compressor = make_compressor(options.compression, *out, std::max(options.threads, 1U));
  }

  /// The unused part of the current piece; never empty.
  std::span<std::byte> room() {
    Piece& piece = pieces[current];
    if (!piece.bytes) piece.bytes = std::make_unique_for_overwrite<std::byte[]>(kPieceBytes);
    return {piece.bytes.get() + used, kPieceBytes - used};
  }
  /// Says that `count` bytes of `room()` were filled.
  void fill(std::size_t count) {
    used += count;
    if (used == kPieceBytes) flush();
  }
  void append(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const std::span<std::byte> free = room();
      const std::size_t count = std::min(free.size(), bytes.size());
      std::copy_n(bytes.begin(), count, free.begin());
      bytes = bytes.subspan(count);
      fill(count);
    }
  }
  void append_zeros(std::size_t count) {
    constexpr std::array<std::byte, kTarEnd> kZeros{};
    append(std::span(kZeros).first(count));
  }
  /// Passes the current piece on and waits until the next one is free.
  void flush() {
    if (used == 0) return;
    Piece& piece = pieces[current];
    const std::span<const std::byte> bytes(piece.bytes.get(), used);
    used = 0;
    piece.hash_number = hash(bytes);
    compress(bytes);
    current = (current + 1) % kPieces;
    if (options.threads > 1) hasher.wait_until(pieces[current].hash_number);
  }
  /// Passes on memory of the caller's, and returns when it is not needed any more.
  void pass(std::span<const std::byte> bytes) {
    flush();
    const Waiter waiter{hasher};
    while (!bytes.empty()) {
      const auto step = bytes.first(std::min(bytes.size(), kStepBytes));
      bytes = bytes.subspan(step.size());
      hash(step);
      compress(step);
    }
    if (options.threads > 1) hasher.wait_until(0);
  }
  /// Takes the diff id's hash of a piece, here or on the other thread.
  std::size_t hash(std::span<const std::byte> bytes) {
    plain_size += bytes.size();
    if (options.threads > 1) return hasher.add(bytes);
    inline_hash.write(bytes);
    return 0;
  }
  void compress(std::span<const std::byte> bytes) {
    Sink& sink = compressor ? static_cast<Sink&>(*compressor) : *out;
    sink.write(bytes);
    if (progress != nullptr) progress->advance(bytes.size());
  }

  /// Even when the compressor throws, the caller's memory is not let go while it is hashed.
  struct Waiter {
    HashThread& hasher;
    ~Waiter() { hasher.wait(); }
  };

  static constexpr std::size_t kTarEnd = image::kTarEndBytes;

  const LayerOptions options;
  std::unique_ptr<image::BlobWriter> out;
  std::unique_ptr<FinishSink> compressor;  ///< Null: none.
  std::array<Piece, kPieces> pieces;
  std::size_t current = 0;
  std::size_t used = 0;  ///< Of the current piece, in bytes.
  Sha256Sink inline_hash;
  std::uint64_t plain_size = 0;
  std::string header;
  Progress* progress = nullptr;  ///< Null: nobody wants to know.
  HashThread hasher;             // Last: it ends before the pieces do.
};

LayerWriter::LayerWriter(std::unique_ptr<image::BlobWriter> out, const LayerOptions& options)
    : state_(std::make_unique<State>(std::move(out), options)) {}
LayerWriter::~LayerWriter() = default;

namespace {

[[noreturn]] void throw_changed(const Entry& entry, std::string_view how) {
  throw Error(
      ErrorKind::invalid,
      fmt::format("file \"{}\" has {} than the {} bytes announced", entry.path, how, entry.size),
      "It was changed while it was read; build again.");
}

void check_is_file(const Entry& entry) {
  if (entry.type != EntryType::file)
    throw Error(ErrorKind::invalid,
                fmt::format("{} \"{}\" cannot have content", to_string(entry.type), entry.path));
}

}  // namespace

void LayerWriter::report_to(Progress& progress) { state_->progress = &progress; }

void LayerWriter::add(const Entry& entry) {
  if (entry.size != 0)
    throw Error(ErrorKind::invalid, fmt::format("{} \"{}\" has the size {}, but no content",
                                                to_string(entry.type), entry.path, entry.size));
  state_->header.clear();
  image::append_tar_header(state_->header, entry);
  state_->append(as_bytes(state_->header));
}

void LayerWriter::add(const Entry& entry, Source& content) {
  check_is_file(entry);
  State& state = *state_;
  state.header.clear();
  image::append_tar_header(state.header, entry);
  state.append(as_bytes(state.header));
  std::uint64_t left = entry.size;
  while (left > 0) {
    const std::span<std::byte> room = state.room();
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), left));
    const std::size_t count = content.read(room.first(wanted));
    if (count == 0) throw_changed(entry, "fewer");
    left -= count;
    state.fill(count);
  }
  std::array<std::byte, 1> more{};
  if (content.read(more) != 0) throw_changed(entry, "more");
  state.append_zeros(image::tar_padding(entry.size));
}

void LayerWriter::add(const Entry& entry, std::span<const std::byte> content) {
  check_is_file(entry);
  if (content.size() < entry.size) throw_changed(entry, "fewer");
  if (content.size() > entry.size) throw_changed(entry, "more");
  State& state = *state_;
  state.header.clear();
  image::append_tar_header(state.header, entry);
  state.append(as_bytes(state.header));
  if (content.size() < kPieceBytes)
    state.append(content);
  else
    state.pass(content);
  state.append_zeros(image::tar_padding(entry.size));
}

LayerResult LayerWriter::finish() {
  State& state = *state_;
  state.append_zeros(image::kTarEndBytes);
  // The last piece: hashed here when nothing else is to be done meanwhile.
  const std::span<const std::byte> last(state.pieces[state.current].bytes.get(), state.used);
  state.plain_size += last.size();
  state.compress(last);
  if (state.compressor) state.compressor->finish();
  Sha256Bytes diff_id;
  if (state.options.threads > 1) {
    diff_id = state.hasher.finish(last);
  } else {
    state.inline_hash.write(last);
    diff_id = state.inline_hash.finish();
  }
  const std::string_view type = oci::layer_type(state.options.format, state.options.compression);
  return {state.out->commit(type), oci::Digest::from(diff_id), state.plain_size};
}

}  // namespace modulah::layer
