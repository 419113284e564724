// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/typed.h"

#include "security/durable.h"
#include "security/line_reader.h"

namespace liaison {
namespace {

Error expected(const std::string& typed, const std::string& form) {
  return fail(Code::kUsage, "'" + typed + "' is not of the form " + form);
}

}  // namespace

Result<RosterRoot> parse_root(const std::string& typed) {
  const auto parts = split(typed, '=', 2);
  if (parts.size() != 2 || !is_id(parts[0])) return expected(typed, "ID=VKEY, where VKEY is what 'liaison authority root new' printed");
  const auto key = parse_verifier_key(parts[1]);
  if (!key) return within("the key of root " + parts[0], key.error());
  return RosterRoot{parts[0], *key};
}

Result<NewMember> parse_new_member(const std::string& typed) {
  const auto parts = split(typed, ':', 3);
  const auto port = parts.size() == 3 ? parse_number(parts[1]) : std::nullopt;
  if (!port || *port == 0 || *port > 65'535) return expected(typed, "FILE:PORT:NET, such as 1540.request:5601:192.0.2.0/28");
  Enrolment request = TRY(read_enrolment(parts[0]));
  return NewMember{std::move(request), static_cast<std::uint16_t>(*port), parts[2]};
}

Result<Revocation> parse_revocation(const std::string& typed) {
  const auto parts = split(typed, ':', 3);
  const auto index = parts.size() == 3 ? parse_number(parts[1]) : std::nullopt;
  if (!index || !is_id(parts[2])) return expected(typed, "KEY:TRUSTED_BELOW:REASON, such as 1540-sign-1:18001:compromise");
  return Revocation{parts[0], *index, parts[2]};
}

Result<Retirement> parse_retirement(const std::string& typed) {
  const auto parts = split(typed, ':', 2);
  const auto index = parts.size() == 2 ? parse_number(parts[1]) : std::nullopt;
  if (!index) return expected(typed, "KEY:UNTIL, such as 1540-sign-1:18001");
  return Retirement{parts[0], *index};
}

Result<Enrolment> read_enrolment(const std::string& file) {
  const std::string text = TRY(read_text(file, 64 * 1024));
  auto request = open_enrolment(text);
  if (!request) return within(file, request.error());
  return *request;
}

Result<Hash> parse_fingerprint(std::string_view typed) {
  std::string digits;
  for (const char c : typed) {
    if (std::string_view(" :-\t\r\n").find(c) == std::string_view::npos) digits += c;
  }
  const auto bytes = from_hex(digits);
  const auto hash = bytes ? array_from<Hash>(*bytes) : std::nullopt;
  if (!hash) return fail(Code::kUsage, "a fingerprint is 64 hexadecimal digits", "blanks between the groups are welcome");
  return *hash;
}

Result<std::string> read_text(const std::string& file, std::size_t bytes_max) {
  return read_file(file, bytes_max);
}

Result<void> check_network(const std::string& typed) {
  if (is_network_name(typed)) return {};
  return fail(Code::kUsage, "'" + typed + "' is no name for an exchange", "1 to 128 letters, digits, dots, dashes and underlines, such as liaison.example.org");
}

std::string absolute_folder(const std::filesystem::path& folder) {
  std::string text = std::filesystem::absolute(folder).lexically_normal().string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

std::string toml_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

std::string fill_in(std::string text, const std::vector<std::pair<std::string, std::string>>& values) {
  for (const auto& [name, value] : values) {
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size())) text.replace(at, name.size(), value);
  }
  return text;
}

Result<Secret> passphrase_of(const Invocation& invocation, bool twice) {
  PassphraseSource source;
  source.file = invocation.text("--passphrase-file");
  source.terminal = invocation.console().asks;
  source.twice = twice;
  if (invocation.has("--passphrase-fd")) source.fd = static_cast<int>(TRY(invocation.number("--passphrase-fd", 0, 0, 1 << 20)));
  return read_passphrase(source);
}

}  // namespace liaison
