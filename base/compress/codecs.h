// The Sinks and Sources behind make_compressor and make_decompressor. Private to base.
#pragma once

#include <memory>

#include "modulah/base/compress.h"
#include "modulah/base/io.h"

namespace modulah {

[[nodiscard]] std::unique_ptr<Compressor> make_gzip_sink(Sink& out, unsigned threads);
[[nodiscard]] std::unique_ptr<Compressor> make_zstd_sink(Sink& out);
[[nodiscard]] std::unique_ptr<Source> make_gzip_source(Source& in);
[[nodiscard]] std::unique_ptr<Source> make_zstd_source(Source& in);

}  // namespace modulah
