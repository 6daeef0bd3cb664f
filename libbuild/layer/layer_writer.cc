// Writes one image layer, reading its content once.
//
// The tar is put together in a few pieces of memory that are used in turn. A piece that is full
// goes two ways at once: its hash is taken by another thread while this one hands it to the
// compressor, which compresses it where it is. It is used again when both are done, so memory is
// bounded, and content is read straight into its place in the tar. What is in memory already is not
// copied at all. A layer that fits into one piece needs no other thread.
#include "modulah/layer/layer_writer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "modulah/base/error.h"

#include "hash_thread.h"

namespace modulah::layer {

namespace {

/// Large enough for few system calls, small enough to stay in the processor's cache.
constexpr std::size_t kPieceBytes = 256 * 1024;
/// So that the hash may lag a little.
constexpr std::size_t kMinPieces = 4;
/// Content in memory is passed on in steps of this, so that hash and compressor run side by side.
constexpr std::size_t kStepBytes = 256 * 1024;

/// The last use of a piece of memory.
struct Use {
  std::size_t hash_number = 0;  ///< In the HashThread; 0: none.
  std::uint64_t end = 0;        ///< In the tar, in bytes; 0: not used so far.
};

}  // namespace

struct LayerWriter::State {
  State(std::unique_ptr<image::BlobWriter> writer, const LayerOptions& layer_options)
      : options(layer_options), out(std::move(writer)) {
    if (options.compression != Compression::none)
      compressor = make_compressor(options.compression, *out, std::max(options.threads, 1U));
    // What the compressor may still look at, and the piece that is being filled.
    if (compressor) kept_bytes = compressor->kept_bytes();
    uses.resize(std::max(kMinPieces, (kept_bytes + kPieceBytes - 1) / kPieceBytes + 1));
    memory = std::make_unique_for_overwrite<std::byte[]>(uses.size() * kPieceBytes);
  }

  /// The unused part of the current piece; never empty.
  std::span<std::byte> room() {
    const std::size_t begin = begin_of_piece() + used;
    return {piece() + begin, kPieceBytes - begin};
  }
  [[nodiscard]] std::byte* piece() { return memory.get() + current * kPieceBytes; }
  /// A byte's place in its piece follows from its place in the tar: pieces end where a compressor
  /// that works on pieces of its own has them end, too.
  [[nodiscard]] std::size_t begin_of_piece() const { return plain_size % kPieceBytes; }
  /// Says that `count` bytes of `room()` were filled.
  void fill(std::size_t count) {
    used += count;
    if (begin_of_piece() + used == kPieceBytes) flush();
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
    const std::span<const std::byte> bytes(piece() + begin_of_piece(), used);
    used = 0;
    uses[current].hash_number = hash(bytes);
    uses[current].end = plain_size;
    compress(bytes);
    current = (current + 1) % uses.size();
    const Use& last = uses[current];
    if (options.threads > 1) hasher.wait_until(last.hash_number);
    // Only when there were many short pieces.
    if (last.end != 0 && plain_size - last.end < kept_bytes) compressor->release();
  }
  /// Passes on memory of the caller's, which is needed until a Borrowed is given back.
  void pass(std::span<const std::byte> bytes) {
    flush();
    while (!bytes.empty()) {
      const auto step = bytes.first(std::min(bytes.size(), kStepBytes));
      bytes = bytes.subspan(step.size());
      hash(step);
      compress(step);
    }
  }
  /// Takes the diff id's hash of a piece, here or on the other thread.
  std::size_t hash(std::span<const std::byte> bytes) {
    plain_size += bytes.size();
    if (options.threads > 1) return hasher.add(bytes);
    inline_hash.write(bytes);
    return 0;
  }
  void compress(std::span<const std::byte> bytes) {
    if (compressor)
      compressor->write_in_place(bytes);
    else
      out->write(bytes);
    if (progress != nullptr) progress->advance(bytes.size());
  }

  /// Memory of the caller's that is hashed and compressed where it is. Even when something throws,
  /// it is not let go before nobody looks at it.
  class Borrowed {
   public:
    explicit Borrowed(State& state) : state_(state) {}
    ~Borrowed() {
      if (is_given_back_) return;
      state_.hasher.wait();
      if (state_.compressor) state_.compressor->stop();
    }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;

    void give_back() {
      if (state_.compressor) state_.compressor->release();
      if (state_.options.threads > 1) state_.hasher.wait();
      is_given_back_ = true;
    }

   private:
    State& state_;
    bool is_given_back_ = false;
  };

  static constexpr std::size_t kTarEnd = image::kTarEndBytes;

  const LayerOptions options;
  std::unique_ptr<image::BlobWriter> out;
  std::unique_ptr<std::byte[]> memory;     ///< Of all pieces, one after the other.
  std::vector<Use> uses;                   ///< Of each piece.
  std::size_t kept_bytes = 0;              ///< Of the tar, for the compressor.
  std::unique_ptr<Compressor> compressor;  ///< Null: none. It ends before the memory does.
  std::size_t current = 0;
  std::size_t used = 0;  ///< Of the current piece, in bytes.
  Sha256Sink inline_hash;
  std::uint64_t plain_size = 0;
  std::string header;
  Progress* progress = nullptr;  ///< Null: not reported.
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

void LayerWriter::add(const Entry& entry, Source& content) { add(entry, {}, content); }

void LayerWriter::add(const Entry& entry, std::span<const std::byte> content) {
  SpanSource nothing(std::string_view{});
  add(entry, content, nothing);
}

void LayerWriter::add(const Entry& entry, std::span<const std::byte> beginning, Source& rest) {
  check_is_file(entry);
  if (beginning.size() > entry.size) throw_changed(entry, "more");
  State& state = *state_;
  state.header.clear();
  image::append_tar_header(state.header, entry);
  state.append(as_bytes(state.header));
  std::optional<State::Borrowed> borrowed;
  if (beginning.size() < kPieceBytes) {
    state.append(beginning);
  } else {
    borrowed.emplace(state);
    state.pass(beginning);
  }
  std::uint64_t left = entry.size - beginning.size();
  while (left > 0) {
    const std::span<std::byte> room = state.room();
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), left));
    const std::size_t count = rest.read(room.first(wanted));
    if (count == 0) throw_changed(entry, "fewer");
    left -= count;
    state.fill(count);
  }
  std::array<std::byte, 1> more{};
  if (rest.read(more) != 0) throw_changed(entry, "more");
  if (borrowed) borrowed->give_back();
  state.append_zeros(image::tar_padding(entry.size));
}

LayerResult LayerWriter::finish() {
  State& state = *state_;
  state.append_zeros(image::kTarEndBytes);
  // The last piece: hashed here when there is nothing else to do at the same time.
  const std::span<const std::byte> last(state.piece() + state.begin_of_piece(), state.used);
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
