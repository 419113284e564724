// SPDX-License-Identifier: Apache-2.0
// Arguments that are more than a word: "R1=VKEY", "FILE:PORT:NET", "KEY:INDEX:REASON", passphrases, files. What is wrong
// with one is told as kUsage with the form that is expected. Reads files; writes nothing.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nodes/cli/authority.h"
#include "nodes/files/cells.h"
#include "nodes/cli/command.h"
#include "security/keys.h"

namespace liaison {


Result<RosterRoot> parse_root(const std::string& typed);            // R1=liaison.example.org/root/R1+1a2b3c4d+AQ...
Result<NewMember> parse_new_member(const std::string& typed);       // 1540.request:5601:192.0.2.0/28
Result<Revocation> parse_revocation(const std::string& typed);      // 1540-sign-1:18001:compromise
Result<Retirement> parse_retirement(const std::string& typed);      // 1540-sign-1:18001
Result<Enrolment> read_enrolment(const std::string& file);
// 64 hex digits; blanks, colons and hyphens between them are ignored.
Result<Hash> parse_fingerprint(std::string_view typed);
// The whole file; `within` its name. kUnknown when there is none.
Result<std::string> read_text(const std::string& file, std::size_t bytes_max = 1 << 20);

// The text with every placeholder replaced by its value.
std::string fill_in(std::string text, const std::vector<std::pair<std::string, std::string>>& values);

// kUsage for what cannot be the name of an exchange.
Result<void> check_network(const std::string& typed);

// Within the quotes of a TOML text.
std::string toml_escaped(const std::string& text);
// As it stands in a configuration file that may lie anywhere.
std::string absolute_folder(const std::filesystem::path& folder);

// From --passphrase-file, --passphrase-fd, the service's credential or the terminal, in that order.
Result<Secret> passphrase_of(const Invocation& invocation, bool twice);

}  // namespace liaison
