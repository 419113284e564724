// SPDX-License-Identifier: Apache-2.0
// Reading files that hold secrets, with the check that nobody else may read them. For key_files.cc, passphrase.cc and
// what connectors share with other systems. The check is made on the open descriptor, so that the file checked is the
// file read. Stateless; any thread.
#pragma once

#include <filesystem>

#include "schemas/result.h"
#include "security/secret.h"

namespace liaison {

// Everything the descriptor still gives. kSize over `bytes_max`, kIo when reading fails.
Result<Secret> read_secret(int fd, std::size_t bytes_max);

// Who else may touch the file: nobody, or (for what the service manager hands over, which may belong to root and carry
// an access list for us, seen as group bits) whoever is not "others".
enum class Sharing { none, service_manager };

// kUnknown when there is no such file, kPermission when it is shared, belongs to another or is no plain file; follows
// no symbolic link at the last component when nothing is shared.
Result<Secret> read_private_file(const std::filesystem::path& file, std::size_t bytes_max, Sharing sharing);

// The same for a key, whose folder must be ours alone too.
Result<Secret> read_private_key_file(const std::filesystem::path& file, std::size_t bytes_max);

}  // namespace liaison
