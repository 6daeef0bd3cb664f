// images --tree: what images are made of.
#pragma once

#include <span>
#include <string>

#include "image_list.h"

namespace modulah::cli {

/// Each image with its platforms and their layers below it:
///
///   localhost/app:latest  1d2f6e93536c  10.9 kB
///   ├── wasi/wasm     6e93536cd22b  5.5 kB
///   │   └── layer     38bec12f9ec5  5.1 kB
///   └── linux/amd64   …
///
/// An image that is not an index has its layers directly below it. Digests are short unless
/// `is_truncated` is false.
[[nodiscard]] std::string image_tree(std::span<const ListedImage> images, bool is_truncated);

}  // namespace modulah::cli
