// SPDX-License-Identifier: Apache-2.0
// Who asked, as the audit rows name them: the user at the other end of the Unix socket. Until accounts exist, all of them
// may act for the committee; this tells afterwards who did. Node's one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace liaison {

class Actors {
 public:
  // "uid 1000 (alice)"; the name only where /etc/passwd has it: no directory service is asked, which could take its time.
  // "unknown" without a uid.
  std::string name_of(std::optional<std::uint32_t> uid);

 private:
  std::map<std::uint32_t, std::string> known_;
};

}  // namespace liaison
