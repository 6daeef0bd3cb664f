// Bytes in motion: a Source is read from, a Sink is written to, and both stack.
//
// Hashing, compressing, limiting and verifying are each a Source or Sink around
// another one, so a pipeline is put together from parts and no part ever holds a
// whole file in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace modulah {

/// A stream of bytes to read. Not safe for use from two threads at once.
class Source {
 public:
  virtual ~Source() = default;
  /// Fills the start of `buffer` and returns how many bytes were read.
  /// Blocks for at least one byte; 0 means the end (or an empty `buffer`). Throws Error.
  [[nodiscard]] virtual std::size_t read(std::span<std::byte> buffer) = 0;
};

/// A place to write bytes to. Not safe for use from two threads at once.
class Sink {
 public:
  virtual ~Sink() = default;
  /// Takes all of `bytes`; they may be reused when it returns. Throws Error.
  virtual void write(std::span<const std::byte> bytes) = 0;
};

/// A Sink that has something to say at the end (a compressor's trailer, an archive's last block).
/// Destroying it without `finish` leaves the output incomplete and throws nothing.
class FinishSink : public Sink {
 public:
  /// Writes what is still held back. Call once; no `write` may follow. Throws Error.
  virtual void finish() = 0;
};

/// The bytes of a text.
[[nodiscard]] std::span<const std::byte> as_bytes(std::string_view text);
/// Bytes as the characters of a text, unchanged.
[[nodiscard]] std::string_view as_text(std::span<const std::byte> bytes);

/// Reads borrowed bytes, which must outlive it.
class SpanSource : public Source {
 public:
  explicit SpanSource(std::span<const std::byte> bytes) : rest_(bytes) {}
  explicit SpanSource(std::string_view text) : rest_(as_bytes(text)) {}
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  std::span<const std::byte> rest_;
};

/// Reads `inner`, which must outlive it: for those who take a Source to keep.
class BorrowedSource : public Source {
 public:
  explicit BorrowedSource(Source& inner) : inner_(inner) {}
  std::size_t read(std::span<std::byte> buffer) override { return inner_.read(buffer); }

 private:
  Source& inner_;
};

/// Collects what is written in `bytes`. For small things only.
class VectorSink : public Sink {
 public:
  void write(std::span<const std::byte> more) override;
  std::vector<std::byte> bytes;
};

/// Collects what is written in `text`. For small things only.
class StringSink : public Sink {
 public:
  void write(std::span<const std::byte> more) override;
  std::string text;
};

/// Writes everything to each of several sinks, which must outlive it, in order.
class TeeSink : public Sink {
 public:
  TeeSink(std::initializer_list<Sink*> sinks) : sinks_(sinks) {}
  void write(std::span<const std::byte> bytes) override;

 private:
  std::vector<Sink*> sinks_;
};

/// Counts what is written and passes nothing on.
class CountSink : public Sink {
 public:
  void write(std::span<const std::byte> bytes) override { count += bytes.size(); }
  std::uint64_t count = 0;  ///< In bytes.
};

/// Calls a function with the number of bytes of each read, for progress. `inner` must outlive it.
class ObservedSource : public Source {
 public:
  ObservedSource(Source& inner, std::function<void(std::size_t)> observe)
      : inner_(inner), observe_(std::move(observe)) {}
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  Source& inner_;
  std::function<void(std::size_t)> observe_;
};

/// Copies all of `from` into `to` in pieces of 256 KiB and returns the number of bytes.
std::uint64_t copy(Source& from, Sink& to);

/// Reads all of `from` into memory. Throws Error: invalid when there are more than `max_bytes`;
/// `what` names the thing in that message.
[[nodiscard]] std::string read_all(Source& from, std::uint64_t max_bytes, std::string_view what);

}  // namespace modulah
