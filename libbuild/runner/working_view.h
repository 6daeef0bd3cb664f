// The directory that a guest sees as ".", its working directory.
//
// wasi-libc, which C and Rust programs find their files with, has no working directory: it strips
// "/" and "./" off a path and looks the rest up in the directories it was given, so it cannot tell
// "x" from "/x". A guest with WORKDIR /srv expects both "data" (/srv/data) and "/etc/conf" to be
// found. So it is given a view of the image in which the files of /srv lie at the top, beside those
// of the root:
//
//   image            view, shown as "."
//   /app.wasm        app.wasm      also "/app.wasm"
//   /etc/conf        etc/conf      also "/etc/conf"
//   /srv/data        data          also "data"
//                    srv/data      also "/srv/data"
//
// Of two files with one name the working directory's wins. The view is made of hard links. Go's
// programs know absolute paths, and their working directory from the variable PWD; they use the
// directory "/", which is the image as it is.
#pragma once

#include <filesystem>
#include <string_view>

namespace modulah::runner {

/// Makes the view of `root`, whose links are confined (see guest_path.h), and its directory
/// `working` (an absolute guest path of which no part is a symlink) in `target`, which is there and
/// empty, on the same filesystem. Throws Error.
void make_working_view(const std::filesystem::path& root, std::string_view working,
                       const std::filesystem::path& target);

}  // namespace modulah::runner
