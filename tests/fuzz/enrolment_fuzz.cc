// SPDX-License-Identifier: Apache-2.0
// Enrolment requests: as they come, and with fresh proofs by those of its keys that are known here.
#include "security/roster.h"

#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

struct KnownKey { KeyUse use; SigningKey key; };
const std::vector<KnownKey>& known_keys() {
  static const auto keys = [] {
    std::vector<KnownKey> out;
    for (const KeyUse use : {KeyUse::log, KeyUse::sign, KeyUse::witness}) {
      for (const std::uint8_t number : {std::uint8_t{30}, std::uint8_t{40}, std::uint8_t{91}}) out.push_back({use, fuzz::signing_key(number)});
    }
    return out;
  }();
  return keys;
}

std::string key_line(const KnownKey& known) {
  return "\nkey " + std::string(word_of(known.use)) + " pub=" + base64(known.key.public_key()) + '\n';
}

// The lines before the empty one, and proofs over them in the order of the uses.
std::string proved(std::string_view text) {
  std::string out(text.substr(0, text.find("\n\n")));
  if (!out.ends_with('\n')) out += '\n';
  const std::string message = std::string("liaison/pop/v1\0\0", 16) + out;
  std::string proofs;
  for (const auto& known : known_keys()) {
    if (out.find(key_line(known)) == std::string::npos) continue;
    proofs += "pop " + std::string(word_of(known.use)) + ' ' + base64(known.key.sign(view_of(message))) + '\n';
  }
  return out + '\n' + proofs;
}

void check_request(const Enrolment& request, std::string_view text) {
  CHECK(is_id(request.id) && !request.keys.empty());
  std::vector<std::pair<KeyUse, const SigningKey*>> signers;
  std::size_t proofs = 0;
  for (const auto& key : request.keys) {
    if (key.use == KeyUse::curve || key.use == KeyUse::hpke) continue;
    ++proofs;
    for (const auto& known : known_keys()) {
      if (known.use == key.use && known.key.public_key() == key.key) signers.emplace_back(known.use, &known.key);
    }
  }
  if (signers.size() == proofs) CHECK(make_enrolment(request, signers) == text);
}

void try_enrolment(std::string_view text) {
  if (const auto request = open_enrolment(text)) check_request(*request, text);
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(enrolment) {
  using namespace liaison;
  const std::string_view text = text_of({data, size});
  try_enrolment(text);
  try_enrolment(proved(text));
  return 0;
}
