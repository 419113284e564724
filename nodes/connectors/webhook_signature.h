// SPDX-License-Identifier: Apache-2.0
// Standard Webhooks signatures (standardwebhooks.com, version 1.0): what is signed is "ID.TIMESTAMP.BODY", by HMAC-SHA256 ("v1,") with a shared secret
// or by Ed25519 ("v1a,"). Several keys sign beside each other while one replaces another. Immutable once read; any thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "security/keys.h"

namespace liaison {

// How far the sender's clock may be from ours, either way: an older call may be a copy of one that somebody has kept.
inline constexpr TimeMs kWebhookToleranceMs = 5 * 60 * 1000;
inline constexpr std::size_t kWebhookKeysMax = 8;
inline constexpr std::size_t kWebhookIdBytesMax = 128;

// The three headers of a call, as they came.
struct WebhookHeaders {
  std::string id, timestamp, signature;
};

// 1 to 128 visible characters of ASCII, and no full stop, which parts an id from what follows it.
bool is_webhook_id(std::string_view text);

class WebhookKeys {
 public:
  enum class Use { kSign, kVerify };
  // One key a line; empty lines and those that begin with # say nothing. To sign: whsec_ (24 to 64 bytes of HMAC secret) and whsk_ (Ed25519, the
  // seed of 32 bytes, or 64 with its public key); to verify: whsec_ and whpk_ (Ed25519, 32 bytes). All in standard base64. kKey for a line that is
  // none of them, with its number and never with what stands in it; kPermission, kUnknown, kIo as read_private_file.
  static Result<WebhookKeys> read(const std::filesystem::path& file, Use use);
  static Result<WebhookKeys> parse(std::string_view text, Use use);

  // "v1,... v1a,...": by each key, in the order of the file. CHECKs that the keys are to sign and the id is one.
  std::string sign(std::string_view id, std::uint64_t timestamp_s, std::string_view body) const;
  // kInput for headers that are not well formed, kClock when the time is off by more than the tolerance, kSignature when no signature is by any key.
  // Signatures of other versions say nothing.
  Result<void> verify(const WebhookHeaders& headers, std::string_view body, TimeMs now_ms) const;

  std::size_t count() const { return secrets_.size() + signing_.size() + public_.size(); }

 private:
  Result<void> add(std::string_view line, Use use);
  Result<void> add_signing(View bytes);
  Result<void> add_public(View bytes);
  bool holds(std::string_view version, View signature, View signed_text) const;

  struct Place { enum class Of { kSecret, kSigning } of; std::size_t at; };
  std::vector<Secret> secrets_;
  std::vector<SigningKey> signing_;
  std::vector<PublicKey> public_;
  std::vector<Place> order_;   // of the keys that sign
};

}  // namespace liaison
