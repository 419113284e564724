// SPDX-License-Identifier: Apache-2.0
// Where a list comes from: a file that somebody else puts there, or a host that the configuration allows, and no other. Any thread.
#pragma once

#include <sys/socket.h>

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

// The bytes of a regular file. kIo when it is absent, cannot be read, is a symbolic link, is no file, or is being written; kSize above kListBytesMax.
Result<Bytes> read_list_file(const std::filesystem::path& path);

struct FetchRules {
  std::vector<std::string> hosts;          // that may be asked
  std::filesystem::path authorities;       // certificates; empty: the system's
  bool private_addresses = false;          // true for tests alone
  int connect_s = 10, whole_s = 120;
};

// kConfig for an address that is not https, names no host of the rules, or carries a name and password.
Result<void> check_list_url(const std::string& url, const FetchRules& rules);

// The body of a 200. Redirects are not followed, no proxy is used, nothing is unpacked, and no address is spoken to that is not public: it is looked at
// when the connection to it is made, so that no second answer of a name server comes between. kUnreachable with what happened, kSize above
// kListBytesMax, kConfig as check_list_url, kHalted when asked to stop.
Result<Bytes> fetch_list(const std::string& url, const FetchRules& rules, std::stop_token stop);

// Whether an address belongs to the public network: not private, loopback, link-local, multicast, reserved, or a way around these.
bool is_public_address(const sockaddr& address);

}  // namespace liaison
