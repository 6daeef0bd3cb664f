#include "compress/deflate/parallel_encoder.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include <libdeflate.h>

#include "compress/deflate/block_writer.h"
#include "compress/deflate/deflate_encoder.h"

namespace modulah::deflate {

namespace {

enum class Stage { waiting, at_work, done };

/// Its memory is used again for later pieces.
struct Piece {
  Piece() : encoded(std::make_unique_for_overwrite<std::byte[]>(kEncodedBytes)) {}

  [[nodiscard]] std::span<const std::byte> plain() const { return {window + dictionary, size}; }
  [[nodiscard]] std::size_t room() const { return kPieceBytes - size; }

  /// Begins a piece in memory of its own, with what it needs of the stream before it.
  void begin(std::span<const std::byte> history) {
    if (!memory) memory = std::make_unique_for_overwrite<std::byte[]>(kWindowBytes);
    std::copy(history.begin(), history.end(), memory.get());
    window = memory.get();
    dictionary = history.size();
    size = 0;
  }
  void append(std::span<const std::byte> bytes) {
    std::copy(bytes.begin(), bytes.end(), memory.get() + dictionary + size);
    size += bytes.size();
  }
  /// Makes it a whole piece that stays where it is, as does the `history` before it.
  void refer_to(const std::byte* bytes, std::size_t history) {
    window = bytes - history;
    dictionary = history;
    size = kPieceBytes;
  }
  void encode(Encoder& encoder) {
    encoded_size =
        encoder.encode({window, dictionary + size}, dictionary, {encoded.get(), kEncodedBytes});
    // By libdeflate: with the processor's instructions for it, which zlib does not use.
    crc = libdeflate_crc32(0, plain().data(), size);
  }

  static constexpr std::size_t kWindowBytes = kDictionaryBytes + kPieceBytes;
  static constexpr std::size_t kEncodedBytes = max_encoded_bytes(kPieceBytes);

  [[nodiscard]] EncodedPiece result() const { return {{encoded.get(), encoded_size}, crc, size}; }

  std::unique_ptr<std::byte[]> memory;  ///< Made when first needed.
  /// The dictionary, then what is to be compressed: in `memory` or where somebody else keeps it.
  /// Null: not begun.
  const std::byte* window = nullptr;
  std::size_t dictionary = 0;  ///< In bytes.
  std::size_t size = 0;        ///< Without the dictionary.
  std::unique_ptr<std::byte[]> encoded;
  std::size_t encoded_size = 0;
  std::uint32_t crc = 0;  ///< Of the plain bytes.
  std::exception_ptr exception;
  Stage stage = Stage::waiting;  ///< Guarded by the mutex.
};

}  // namespace

struct ParallelEncoder::State {
  State(std::function<void(const EncodedPiece&)> emit_piece, unsigned threads)
      : emit(std::move(emit_piece)),
        max_helpers(std::clamp(threads, 1U, kMaxThreads) - 1),
        filling(std::make_unique<Piece>()) {}
  ~State() { stop(); }
  void stop() noexcept {
    {
      const std::scoped_lock lock(mutex);
      is_closed = true;
    }
    changed.notify_all();
    for (std::thread& helper : helpers) helper.join();
    helpers.clear();
  }

  /// Takes a part of `bytes`, by copying it into the piece that is being filled; returns the rest.
  [[nodiscard]] std::span<const std::byte> copy_some(std::span<const std::byte> bytes);
  /// Lets the full piece be compressed. The next one is not begun.
  void pass_on();
  /// Emits what is done, until at most `most` pieces are on their way; helps when it has to wait.
  void emit_until(std::size_t most);
  [[nodiscard]] std::unique_ptr<Piece> take_unused();
  void start_helper_if_needed();
  /// What each helper does until it is closed.
  void work();
  /// The first piece nobody is at work on, or null. Under the lock.
  [[nodiscard]] Piece* take_waiting();
  /// Compresses without the lock.
  void encode(Piece& piece, Encoder& encoder, std::unique_lock<std::mutex>& lock);

  const std::function<void(const EncodedPiece&)> emit;
  const std::size_t max_helpers;
  Encoder own_encoder;
  std::unique_ptr<Piece> filling;
  /// The last bytes before `filling`, as many as a piece can refer to.
  std::span<const std::byte> history;
  const std::byte* in_place_end = nullptr;  ///< Of what was written in place last.
  std::size_t in_place_run = 0;  ///< How many bytes before that are the stream's last, in bytes.
  std::vector<std::unique_ptr<Piece>> unused;
  std::vector<std::thread> helpers;

  std::mutex mutex;  // Guards all below.
  std::condition_variable changed;
  std::deque<std::unique_ptr<Piece>> on_their_way;  ///< In the order of the input.
  bool is_closed = false;
};

std::span<const std::byte> ParallelEncoder::State::copy_some(std::span<const std::byte> bytes) {
  if (filling->window == nullptr) filling->begin(history);
  const auto part = bytes.first(std::min(bytes.size(), filling->room()));
  filling->append(part);
  return bytes.subspan(part.size());
}

void ParallelEncoder::State::pass_on() {
  // That piece's memory is not used again before the next one is full.
  const std::span<const std::byte> before(filling->window, filling->dictionary + filling->size);
  history = before.last(std::min(before.size(), kDictionaryBytes));
  std::unique_ptr<Piece> next = take_unused();
  next->window = nullptr;
  next->size = 0;
  {
    const std::scoped_lock lock(mutex);
    filling->stage = Stage::waiting;
    on_their_way.push_back(std::move(filling));
  }
  filling = std::move(next);
  start_helper_if_needed();
  // For each helper one to work on and one to take next: it never waits for us.
  emit_until(2 * helpers.size());
}

std::unique_ptr<Piece> ParallelEncoder::State::take_unused() {
  if (unused.empty()) return std::make_unique<Piece>();
  std::unique_ptr<Piece> piece = std::move(unused.back());
  unused.pop_back();
  return piece;
}

void ParallelEncoder::State::start_helper_if_needed() {
  if (helpers.size() < max_helpers) {
    try {
      helpers.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      // With fewer threads than wanted, even none, the work is done all the same.
    }
  }
  changed.notify_all();
}

void ParallelEncoder::State::work() {
  Encoder encoder;
  std::unique_lock lock(mutex);
  while (!is_closed) {
    if (Piece* const piece = take_waiting())
      encode(*piece, encoder, lock);
    else
      changed.wait(lock);
  }
}

Piece* ParallelEncoder::State::take_waiting() {
  for (const std::unique_ptr<Piece>& piece : on_their_way)
    if (piece->stage == Stage::waiting) {
      piece->stage = Stage::at_work;
      return piece.get();
    }
  return nullptr;
}

void ParallelEncoder::State::encode(Piece& piece, Encoder& encoder,
                                    std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  std::exception_ptr exception;
  try {
    piece.encode(encoder);
  } catch (...) {
    exception = std::current_exception();
  }
  lock.lock();
  piece.exception = exception;
  piece.stage = Stage::done;
  changed.notify_all();
}

void ParallelEncoder::State::emit_until(std::size_t most) {
  std::unique_lock lock(mutex);
  while (!on_their_way.empty()) {
    if (on_their_way.front()->stage == Stage::done) {
      std::unique_ptr<Piece> piece = std::move(on_their_way.front());
      on_their_way.pop_front();
      lock.unlock();
      if (piece->exception) std::rethrow_exception(piece->exception);
      emit(piece->result());
      unused.push_back(std::move(piece));
      lock.lock();
    } else if (on_their_way.size() <= most) {
      return;
    } else if (Piece* const piece = take_waiting()) {
      encode(*piece, own_encoder, lock);
    } else {
      changed.wait(lock);
    }
  }
}

ParallelEncoder::ParallelEncoder(std::function<void(const EncodedPiece&)> emit, unsigned threads)
    : state_(std::make_unique<State>(std::move(emit), threads)) {}
ParallelEncoder::~ParallelEncoder() = default;

void ParallelEncoder::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    // Only when there is more: input of one piece needs no other thread.
    if (state_->filling->room() == 0) state_->pass_on();
    bytes = state_->copy_some(bytes);
  }
}

void ParallelEncoder::write_in_place(std::span<const std::byte> bytes) {
  State& state = *state_;
  if (bytes.data() != state.in_place_end) state.in_place_run = 0;
  state.in_place_end = bytes.data() + bytes.size();
  while (!bytes.empty()) {
    if (state.filling->room() == 0) state.pass_on();
    std::span<const std::byte> rest;
    if (state.filling->size == 0 && bytes.size() >= kPieceBytes &&
        state.in_place_run >= state.history.size()) {
      state.filling->refer_to(bytes.data(), state.history.size());
      rest = bytes.subspan(kPieceBytes);
    } else {
      rest = state.copy_some(bytes);
    }
    state.in_place_run += bytes.size() - rest.size();
    bytes = rest;
  }
}

std::size_t ParallelEncoder::kept_bytes() const noexcept {
  // The piece that waits to be passed on, those on their way, and what the first refers to.
  return (1 + 2 * state_->max_helpers) * kPieceBytes + kDictionaryBytes;
}

void ParallelEncoder::release() {
  if (state_->filling->room() == 0) state_->pass_on();
  state_->emit_until(0);
  Piece& piece = *state_->filling;
  if (piece.window == nullptr) piece.begin(state_->history);
  state_->history = {piece.window, piece.dictionary};
  state_->in_place_end = nullptr;
}

void ParallelEncoder::stop() noexcept { state_->stop(); }

void ParallelEncoder::finish() {
  Piece& last = *state_->filling;
  // Done here, while the helpers do those before it.
  if (last.size != 0) last.encode(state_->own_encoder);
  state_->emit_until(0);
  if (last.size != 0) state_->emit(last.result());
}

}  // namespace modulah::deflate
