// SPDX-License-Identifier: Apache-2.0
#include "security/versions.h"

#include <openssl/crypto.h>
#include <sodium.h>

#include "schemas/message.h"
#include "schemas/text.h"
#include "security/channel.h"
#include "security/sqlite.h"

namespace liaison {

std::vector<std::pair<std::string, std::string>> library_versions() {
  return {{"libzmq", zeromq_version()},
          {"flatbuffers", flatbuffers_version()},
          {"openssl", OpenSSL_version(OPENSSL_FULL_VERSION_STRING)},
          {"libsodium", sodium_version_string()},
          {"sqlite", sqlite_version()},
          {"icu", icu_version()}};
}

std::string version_page(std::string_view program, std::string_view version) {
  std::string page = std::string(program) + " " + std::string(version) + "\nprotocol " + std::to_string(kProtocolVersion);
  for (const auto& [name, number] : library_versions()) page += "\n" + name + " " + number;
  return page;
}

}  // namespace liaison
