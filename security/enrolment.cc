// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "security/line_reader.h"
#include "security/roster.h"

namespace liaison {
namespace {

constexpr std::size_t kRequestBytesMax = 16 * 1024;
constexpr std::string_view kProofPrefix{"liaison/pop/v1\0\0", 16};

bool signs(KeyUse use) { return use == KeyUse::sign || use == KeyUse::witness || use == KeyUse::log; }

std::vector<KeyUse> whole_set(bool is_broker) {
  if (is_broker) return {KeyUse::curve, KeyUse::log, KeyUse::sign};
  return {KeyUse::curve, KeyUse::hpke, KeyUse::sign, KeyUse::witness};
}

std::string key_text(const EnrolmentKey& key) { return key.use == KeyUse::curve ? z85(key.key) : base64(key.key); }

// The part that is signed: all lines before the empty one.
std::string request_text(Enrolment request) {
  std::sort(request.keys.begin(), request.keys.end(), [](const auto& a, const auto& b) { return word_of(a.use) < word_of(b.use); });
  std::string out = "liaison-enrolment/v1\nnetwork " + request.network + '\n';
  out += (request.is_broker ? "broker " : "member ") + request.id + '\n';
  for (const auto& key : request.keys) out += "key " + std::string(word_of(key.use)) + " pub=" + key_text(key) + '\n';
  return out;
}

std::string proof_message(std::string_view text) { return std::string(kProofPrefix).append(text); }

Result<EnrolmentKey> parse_key(LineReader& lines, const Enrolment& request) {
  const auto words = TRY(lines.take("key", 2));
  const auto use = parse_key_use(words[0]);
  const auto allowed = whole_set(request.is_broker);
  if (!use || std::find(allowed.begin(), allowed.end(), *use) == allowed.end()) return lines.error("a use that is not asked for here");
  if (!request.keys.empty() && word_of(request.keys.back().use) >= words[0]) {
    return lines.error("the uses are not sorted, or one stands twice");
  }
  if (!words[1].starts_with("pub=")) return lines.error("a key line is USE pub=");
  const auto text = words[1].substr(4);
  const auto bytes = *use == KeyUse::curve ? from_z85(text) : from_base64(text);
  const auto key = bytes ? array_from<PublicKey>(*bytes) : std::nullopt;
  if (!key || !(signs(*use) ? is_sound_ed25519(*key) : is_sound_x25519(*key))) return lines.error("not a sound public key");
  const auto same = [&](const auto& other) { return other.key == *key; };
  if (std::any_of(request.keys.begin(), request.keys.end(), same)) return lines.error("this public key already has another use");
  return EnrolmentKey{*use, *key};
}

Result<Enrolment> parse_request(LineReader& lines) {
  if (TRY(lines.take_line()) != "liaison-enrolment/v1") return lines.error("the first line is not \"liaison-enrolment/v1\"");
  Enrolment request;
  request.network = TRY(lines.take("network", 1))[0];
  if (!is_network_name(request.network)) return lines.error("not a network name");
  request.is_broker = lines.next_is("broker");
  request.id = TRY(lines.take(request.is_broker ? "broker" : "member", 1))[0];
  if (!is_id(request.id)) return lines.error("not an id: one to 32 letters, digits, dots, dashes or underlines");
  while (lines.next_is("key")) request.keys.push_back(TRY(parse_key(lines, request)));
  if (!TRY(lines.take_line()).empty()) return lines.error("expected a key line or the empty line before the proofs");
  return request;
}

Result<void> check_proof(LineReader& lines, const EnrolmentKey& key, std::string_view message) {
  const std::string use(word_of(key.use));
  const Error missing = fail(Code::kSignature, "the proof that the " + use + " key is held is missing, or not in the order of the keys");
  if (!lines.next_is("pop")) return missing;
  const auto words = TRY(lines.take("pop", 2));
  if (words[0] != use) return missing;
  const auto bytes = from_base64(words[1]);
  const auto signature = bytes ? array_from<Signature>(*bytes) : std::nullopt;
  if (!signature) return lines.error("a proof is not base64 of 64 bytes");
  if (!verify_signature(key.key, view_of(message), *signature)) return fail(Code::kSignature, "the proof that the " + use + " key is held is wrong");
  return {};
}

}  // namespace

std::string make_enrolment(const Enrolment& request, const std::vector<std::pair<KeyUse, const SigningKey*>>& signers) {
  const std::string text = request_text(request);
  const std::string message = proof_message(text);
  std::set<std::string> proofs;
  for (const auto& [use, key] : signers) {
    const auto is_this = [use = use, key = key](const auto& k) { return k.use == use && k.key == key->public_key(); };
    CHECK(signs(use) && std::any_of(request.keys.begin(), request.keys.end(), is_this));
    proofs.insert("pop " + std::string(word_of(use)) + ' ' + base64(key->sign(view_of(message))) + '\n');
  }
  std::string out = text + '\n';
  for (const auto& proof : proofs) out += proof;
  return out;
}

Result<Enrolment> open_enrolment(std::string_view text) {
  auto lines = TRY(LineReader::open(text, kRequestBytesMax, Code::kRoster));
  auto request = TRY(parse_request(lines));
  const auto has_sign = [](const auto& key) { return key.use == KeyUse::sign; };
  if (std::none_of(request.keys.begin(), request.keys.end(), has_sign)) {
    return fail(Code::kRoster, "the request has no sign key that could vouch for it", "put the present sign key into the request");
  }
  const std::string message = proof_message(request_text(request));
  for (const auto& key : request.keys) {
    if (signs(key.use)) TRY(check_proof(lines, key, message));
  }
  TRY(lines.expect_end());
  return request;
}

bool is_whole(const Enrolment& request) {
  const auto wanted = whole_set(request.is_broker);
  return request.keys.size() == wanted.size() && std::all_of(wanted.begin(), wanted.end(), [&](KeyUse use) {
           return std::any_of(request.keys.begin(), request.keys.end(), [use](const auto& key) { return key.use == use; });
         });
}

}  // namespace liaison
