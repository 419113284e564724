// SPDX-License-Identifier: Apache-2.0
// Folders that this node shares with another program, which may put anything there: names are taken as they are found and never followed. Every file is
// opened within its folder's descriptor, without symbolic links. Any thread; blocking.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/result.h"

namespace liaison {

// Makes it, parents too, mode 0770 where it is absent. kIo with what stands in the way, a symbolic link too.
Result<void> make_own_folder(const std::filesystem::path& folder);
// Names of what lies in it, sorted, at most so many; those that begin with a dot or end in .tmp or .part are left out. kIo.
Result<std::vector<std::string>> names_in(const std::filesystem::path& folder, std::size_t most);
// kInput for what is no regular file or may not be read, kUnknown for what is not there any more, kSize for more than `bytes_max`, kIo.
Result<std::string> read_own_file(const std::filesystem::path& folder, const std::string& name, std::size_t bytes_max);
// Written under another name first, brought to stable storage, and renamed: nobody sees half of it. One of that name is replaced. kIo.
Result<void> write_own_file(const std::filesystem::path& folder, const std::string& name, std::string_view text);
// The same for many at once, which costs the disk little more than one.
struct OwnFile { std::string name, text; };
Result<void> write_own_files(const std::filesystem::path& folder, std::span<const OwnFile> files);
// On stable storage when it returns; nothing for one that is not there any more. Those that others keep stay: their indexes. kIo.
struct OwnMove { std::string name, new_name; };
Result<std::vector<std::size_t>> move_own_files(const std::filesystem::path& from, const std::filesystem::path& to, std::span<const OwnMove> moves);
// A name as a file of ours may have it: letters, digits, dots, dashes and underlines, at most 100; anything else becomes "_".
std::string safe_name(std::string_view name);

}  // namespace liaison
