#include "modulah/layer/layer_writer.h"

#include <array>

#include <fmt/format.h>

#include "layer_helpers.h"
#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using namespace modulah::layer;
using test::error_of;
using test::Item;
using test::make_file;
using test::MemoryStore;

namespace {

constexpr Compression kAll[] = {Compression::none, Compression::gzip, Compression::zstd};

std::vector<Item> sample() {
  return {test::make_directory("app"),
          make_file("app/empty", ""),
          make_file("app/main.wasm", test::noise(1'500'000), 0755),
          make_file("app/small", "x"),
          test::make_symlink("app/link", "main.wasm"),
          make_file("app/" + std::string(200, 'n'), test::noise(262'144)),
          make_file("app/z", test::noise(262'143))};
}

/// Gives its text in pieces of an odd size.
class SlowSource : public Source {
 public:
  explicit SlowSource(std::string_view text) : inner_(text) {}
  std::size_t read(std::span<std::byte> buffer) override {
    return inner_.read(buffer.first(std::min<std::size_t>(buffer.size(), 4'099)));
  }

 private:
  SpanSource inner_;
};

/// Fails at the second megabyte.
class BrokenWriter : public image::BlobWriter {
 public:
  void write(std::span<const std::byte> bytes) override {
    written_ += bytes.size();
    if (written_ > 1'000'000) throw Error(ErrorKind::io, "write blob: no space left on device");
  }
  oci::Descriptor commit(std::string_view) override { throw Error(ErrorKind::io, "committed"); }

 private:
  std::size_t written_ = 0;
};

}  // namespace

TEST_CASE("a layer is read as it was written, and its digests are right") {
  for (const Compression compression : kAll) {
    CAPTURE(to_string(compression));
    MemoryStore store;
    LayerOptions options;
    options.compression = compression;
    options.threads = 2;
    const std::vector<Item> items = sample();
    const LayerResult result = test::write_layer(store.begin_blob(), items, options);
    CHECK(result.descriptor.media_type == oci::layer_type(oci::Format::oci, compression));
    CHECK(result.descriptor.digest == oci::Digest::of(store.text_of(result.descriptor.digest)));

    TarReader reader(store, result.descriptor);
    for (const Item& item : items) {
      const std::optional<Entry> entry = reader.next();
      REQUIRE(entry.has_value());
      CHECK(*entry == item.entry);
      std::string content(item.content.size() + 1, '\0');
      std::size_t filled = 0;
      while (const std::size_t count =
                 reader.read(std::as_writable_bytes(std::span(content)).subspan(filled)))
        filled += count;
      content.resize(filled);
      CHECK(content == item.content);
    }
    CHECK_FALSE(reader.next().has_value());
  }
}

TEST_CASE("the diff id and the plain size are of the tar, whatever the compression") {
  MemoryStore store;
  LayerOptions options;
  options.compression = Compression::none;
  const LayerResult plain = test::write_layer(store.begin_blob(), sample(), options);
  CHECK(plain.diff_id == plain.descriptor.digest);
  CHECK(plain.plain_size == plain.descriptor.size);
  CHECK(plain.plain_size % 512 == 0);
  for (const Compression compression : {Compression::gzip, Compression::zstd}) {
    options.compression = compression;
    const LayerResult packed = test::write_layer(store.begin_blob(), sample(), options);
    CHECK(packed.diff_id == plain.diff_id);
    CHECK(packed.plain_size == plain.plain_size);
    CHECK(packed.descriptor.digest != plain.diff_id);
  }
}

TEST_CASE("the same layer has the same bytes twice, with any number of threads and from a stream") {
  for (const Compression compression : kAll) {
    CAPTURE(to_string(compression));
    MemoryStore store;
    LayerOptions options;
    options.compression = compression;
    const LayerResult first = test::write_layer(store.begin_blob(), sample(), options);
    for (options.threads = 1; options.threads <= 4; ++options.threads) {
      CHECK(test::write_layer(store.begin_blob(), sample(), options).descriptor ==
            first.descriptor);
      LayerWriter writer(store.begin_blob(), options);
      for (const Item& item : sample()) {
        SlowSource content(item.content);
        if (item.entry.type == EntryType::file)
          writer.add(item.entry, content);
        else
          writer.add(item.entry);
      }
      CHECK(writer.finish().descriptor == first.descriptor);
    }
  }
}

TEST_CASE("a file's beginning may be in memory and its end in a stream") {
  for (const Compression compression : kAll)
    for (const unsigned threads : {1U, 2U, 4U}) {
      CAPTURE(to_string(compression), threads);
      LayerOptions options;
      options.compression = compression;
      options.threads = threads;
      MemoryStore store;
      // As many as there are pieces of memory, so that each is used again.
      std::vector<Item> items;
      for (std::size_t i = 0; i < 6; ++i)
        items.push_back(make_file("m" + std::to_string(i) + ".wasm", test::noise(700'000 + i)));
      const LayerResult expected = test::write_layer(store.begin_blob(), items, options);
      for (const std::size_t in_memory : {100U, 262'144U, 600'000U}) {
        LayerWriter writer(store.begin_blob(), options);
        for (const Item& item : items) {
          const std::string beginning = item.content.substr(0, in_memory);
          SlowSource rest(std::string_view(item.content).substr(in_memory));
          writer.add(item.entry, as_bytes(beginning), rest);
        }
        CHECK(writer.finish().descriptor == expected.descriptor);
      }
    }
}

TEST_CASE("memory is not looked at any more when adding what is in it has failed") {
  for (const unsigned threads : {1U, 4U}) {
    MemoryStore store;
    LayerOptions options;
    options.threads = threads;
    LayerWriter writer(store.begin_blob(), options);
    auto beginning = std::make_unique<std::string>(test::noise(3'000'000));
    const Entry entry = make_file("a.wasm", *beginning + "more").entry;
    SpanSource nothing(std::string_view{});
    CHECK(error_of([&] { writer.add(entry, as_bytes(*beginning), nothing); }) ==
          "file \"a.wasm\" has fewer than the 3000004 bytes announced");
    beginning.reset();
    CHECK(store.puts.empty());
  }
}

TEST_CASE("an empty layer is 1024 zero bytes") {
  MemoryStore store;
  LayerOptions options;
  options.compression = Compression::none;
  const LayerResult result = test::write_layer(store.begin_blob(), {}, options);
  CHECK(store.text_of(result.descriptor.digest) == std::string(1024, '\0'));
}

TEST_CASE("a file that changes while it is read is an error") {
  for (const unsigned threads : {1U, 3U}) {
    MemoryStore store;
    LayerOptions options;
    options.threads = threads;
    LayerWriter writer(store.begin_blob(), options);
    Entry entry = make_file("a.wasm", test::noise(600'000)).entry;
    const std::string more = test::noise(600'001);
    const std::string fewer = test::noise(599'999);
    SpanSource more_source{std::string_view(more)};
    SpanSource fewer_source{std::string_view(fewer)};
    const std::string is_more = "file \"a.wasm\" has more than the 600000 bytes announced";
    const std::string is_fewer = "file \"a.wasm\" has fewer than the 600000 bytes announced";
    CHECK(error_of([&] { writer.add(entry, as_bytes(more)); }) == is_more);
    CHECK(error_of([&] { writer.add(entry, as_bytes(fewer)); }) == is_fewer);
    CHECK(error_of([&] { writer.add(entry, more_source); }) == is_more);
    CHECK(error_of([&] { writer.add(entry, fewer_source); }) == is_fewer);
    CHECK(store.puts.empty());
  }
}

TEST_CASE("content belongs to files only, and files need theirs") {
  MemoryStore store;
  LayerWriter writer(store.begin_blob(), {});
  CHECK(error_of([&] { writer.add(make_file("a", "text").entry); }) ==
        "file \"a\" has the size 4, but no content");
  CHECK(error_of([&] { writer.add(test::make_directory("d").entry, as_bytes("")); }) ==
        "directory \"d\" cannot have content");
}

TEST_CASE("a disk that is full is reported, with any number of threads") {
  for (const unsigned threads : {1U, 2U, 4U}) {
    LayerOptions options;
    options.compression = Compression::none;
    options.threads = threads;
    CHECK(error_of([&] {
            (void)test::write_layer(std::make_unique<BrokenWriter>(),
                                    {make_file("a", test::noise(5'000'000))}, options);
          }) == "write blob: no space left on device");
  }
}

TEST_CASE("a layer that was not finished leaves nothing behind") {
  MemoryStore store;
  LayerOptions options;
  options.threads = 3;
  {
    LayerWriter writer(store.begin_blob(), options);
    const std::string content = test::noise(2'000'000);
    writer.add(make_file("a", content).entry, as_bytes(content));
  }
  CHECK(store.puts.empty());
}
