// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/webhook_signature.h"

#include <algorithm>
#include <charconv>

#include "security/hash.h"
#include "security/private_file.h"

namespace liaison {

namespace {

constexpr std::size_t kKeyFileBytesMax = 8 * 1024;
constexpr std::size_t kSignatureHeaderBytesMax = 4 * 1024, kSignaturesMax = 16;
constexpr std::size_t kSecretBytesLeast = 24, kSecretBytesMost = 64;

struct WebhookSignature {
  std::string_view version;
  Bytes bytes;
};

std::string_view webhook_key_in(std::string_view line) {
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r')) line.remove_suffix(1);
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  return line;
}

// Seconds since 1970, as a plain number without a sign or leading zeros.
std::optional<std::uint64_t> webhook_timestamp_in(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool plain = !text.empty() && text.size() <= 11 && text[0] >= '1' && text[0] <= '9';
  if (!plain || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

Error bad_webhook_header(const std::string& name, const std::string& rule) {
  return fail(Code::kInput, "the header webhook-" + name + " " + rule, "sign as standardwebhooks.com says; its libraries set all three headers");
}

// Every entry must be one, so that what is not understood is not passed over as if it were of another version.
Result<std::vector<WebhookSignature>> webhook_signatures_in(std::string_view header) {
  const auto wrong = bad_webhook_header("signature", "is not a list of VERSION,BASE64 with one space between them");
  if (header.size() > kSignatureHeaderBytesMax) return bad_webhook_header("signature", "is longer than 4 KiB");
  std::vector<WebhookSignature> out;
  for (bool more = true; more;) {
    const std::string_view entry = header.substr(0, header.find(' '));
    more = entry.size() < header.size();
    header.remove_prefix(std::min(header.size(), entry.size() + 1));
    const auto comma = entry.find(',');
    if (comma == std::string_view::npos || comma == 0 || comma > 8 || comma + 1 == entry.size()) return wrong;
    const std::string_view version = entry.substr(0, comma);
    const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    if (!std::all_of(version.begin(), version.end(), good)) return wrong;
    if (out.size() == kSignaturesMax) return bad_webhook_header("signature", "has more than 16 signatures");
    if (version != "v1" && version != "v1a") {
      out.push_back({version, {}});
      continue;
    }
    auto bytes = from_base64(entry.substr(comma + 1));
    if (!bytes || bytes->size() != (version == "v1" ? 32U : 64U)) return wrong;
    out.push_back({version, std::move(*bytes)});
  }
  return out;
}

std::string webhook_text(std::string_view id, std::string_view timestamp, std::string_view body) {
  std::string out;
  out.reserve(id.size() + timestamp.size() + body.size() + 2);
  out.append(id).append(1, '.').append(timestamp).append(1, '.').append(body);
  return out;
}

Result<void> check_webhook_time(std::uint64_t timestamp_s, TimeMs now_ms) {
  const std::uint64_t now_s = now_ms / 1000;
  const std::uint64_t off_s = timestamp_s > now_s ? timestamp_s - now_s : now_s - timestamp_s;
  if (off_s * 1000 <= kWebhookToleranceMs) return {};
  return fail(Code::kClock, std::string("the header webhook-timestamp is more than five minutes ") + (timestamp_s > now_s ? "ahead" : "old"),
              "set the sender's clock, and give each try the time of the try");
}

}  // namespace

bool is_webhook_id(std::string_view text) {
  const auto good = [](char c) { return c > ' ' && c < 0x7f && c != '.'; };
  return !text.empty() && text.size() <= kWebhookIdBytesMax && std::all_of(text.begin(), text.end(), good);
}

Result<WebhookKeys> WebhookKeys::read(const std::filesystem::path& file, Use use) {
  const Secret text = TRY(read_private_file(file, kKeyFileBytesMax, Sharing::none));
  auto keys = parse(text_of(text.expose()), use);
  if (!keys) return within(file.string(), keys.error());
  return keys;
}

Result<WebhookKeys> WebhookKeys::parse(std::string_view text, Use use) {
  WebhookKeys out;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::string_view key = webhook_key_in(line);
    if (key.empty() || key.front() == '#') continue;
    if (out.count() == kWebhookKeysMax) return fail(Code::kKey, "there are more than 8 keys", "take out those that no longer count");
    auto added = out.add(key, use);
    if (!added) return within("line " + std::to_string(number), added.error());
  }
  if (out.count() == 0) return fail(Code::kKey, "there is no key", "one a line: whsec_ and the base64 of 24 to 64 random bytes");
  return out;
}

Result<void> WebhookKeys::add(std::string_view line, Use use) {
  const auto underscore = line.find('_');
  const std::string_view prefix = underscore == std::string_view::npos ? std::string_view() : line.substr(0, underscore + 1);
  if (prefix != "whsec_" && prefix != "whsk_" && prefix != "whpk_")
    return fail(Code::kKey, "a key begins with whsec_, whsk_ or whpk_", "whsec_ for a shared secret, whsk_ and whpk_ for Ed25519");
  if (prefix == "whpk_" && use == Use::kSign) return fail(Code::kKey, "whpk_ is a public key, with which nothing is signed", "give the secret key, whsk_");
  if (prefix == "whsk_" && use == Use::kVerify)
    return fail(Code::kKey, "whsk_ is the sender's secret key, which has no place here", "give the public key, whpk_; and a new key to the sender");
  auto bytes = from_base64(line.substr(underscore + 1));
  if (!bytes) return fail(Code::kKey, "what follows " + std::string(prefix) + " is not standard base64", "with its padding, and nothing else in the line");
  const Secret key = Secret::copy_of(*bytes);
  wipe(*bytes);
  if (prefix == "whsk_") return add_signing(key.expose());
  if (prefix == "whpk_") return add_public(key.expose());
  if (key.size() < kSecretBytesLeast || key.size() > kSecretBytesMost)
    return fail(Code::kKey, "a whsec_ secret has 24 to 64 bytes, and this one has " + std::to_string(key.size()), "openssl rand -base64 32");
  for (const Secret& other : secrets_) {
    if (equal_secret(other.expose(), key.expose())) return fail(Code::kKey, "the key stands in the file twice");
  }
  if (use == Use::kSign) order_.push_back({Place::Of::kSecret, secrets_.size()});
  secrets_.push_back(key.clone());
  return {};
}

Result<void> WebhookKeys::add_signing(View bytes) {
  if (bytes.size() != 32 && bytes.size() != 64)
    return fail(Code::kKey, "a whsk_ key has 32 or 64 bytes, and this one has " + std::to_string(bytes.size()));
  SigningKey key = SigningKey::from_seed(bytes.first(32));
  if (bytes.size() == 64 && !equal_secret(bytes.subspan(32), key.public_key()))
    return fail(Code::kKey, "the second half of the whsk_ key is not the public key of its first half", "was the line copied whole?");
  for (const SigningKey& other : signing_) {
    if (other.public_key() == key.public_key()) return fail(Code::kKey, "the key stands in the file twice");
  }
  order_.push_back({Place::Of::kSigning, signing_.size()});
  signing_.push_back(std::move(key));
  return {};
}

Result<void> WebhookKeys::add_public(View bytes) {
  const auto key = array_from<PublicKey>(bytes);
  if (!key || !is_sound_ed25519(*key)) return fail(Code::kKey, "what follows whpk_ is not an Ed25519 public key", "it has 32 bytes");
  if (std::find(public_.begin(), public_.end(), *key) != public_.end()) return fail(Code::kKey, "the key stands in the file twice");
  public_.push_back(*key);
  return {};
}

std::string WebhookKeys::sign(std::string_view id, std::uint64_t timestamp_s, std::string_view body) const {
  CHECK(is_webhook_id(id) && !order_.empty());
  const std::string text = webhook_text(id, std::to_string(timestamp_s), body);
  std::string out;
  for (const Place& one : order_) {
    if (!out.empty()) out += ' ';
    if (one.of == Place::Of::kSecret) out += "v1," + base64(hmac_sha256(secrets_[one.at].expose(), {view_of(text)}).expose());
    else out += "v1a," + base64(signing_[one.at].sign(view_of(text)));
  }
  return out;
}

Result<void> WebhookKeys::verify(const WebhookHeaders& headers, std::string_view body, TimeMs now_ms) const {
  if (headers.id.empty() || headers.timestamp.empty() || headers.signature.empty())
    return bad_webhook_header(headers.id.empty() ? "id" : headers.timestamp.empty() ? "timestamp" : "signature", "is missing");
  if (!is_webhook_id(headers.id)) return bad_webhook_header("id", "is not 1 to 128 visible characters without a full stop");
  const auto timestamp = webhook_timestamp_in(headers.timestamp);
  if (!timestamp) return bad_webhook_header("timestamp", "is not a plain number of seconds since 1970");
  const auto signatures = TRY(webhook_signatures_in(headers.signature));
  TRY(check_webhook_time(*timestamp, now_ms));
  const std::string text = webhook_text(headers.id, headers.timestamp, body);
  for (const WebhookSignature& one : signatures) {
    if (holds(one.version, one.bytes, view_of(text))) return {};
  }
  return fail(Code::kSignature, "no signature in webhook-signature is by a key that is trusted here",
              "sign the body's exact bytes, with the key that was agreed");
}

bool WebhookKeys::holds(std::string_view version, View signature, View signed_text) const {
  if (version == "v1") {
    return std::any_of(secrets_.begin(), secrets_.end(),
                       [&](const Secret& key) { return equal_secret(hmac_sha256(key.expose(), {signed_text}).expose(), signature); });
  }
  const auto bytes = array_from<Signature>(signature);
  return version == "v1a" && bytes &&
         std::any_of(public_.begin(), public_.end(), [&](const PublicKey& key) { return verify_signature(key, signed_text, *bytes); });
}

}  // namespace liaison
