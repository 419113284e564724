// SPDX-License-Identifier: Apache-2.0
// Words that two parties compare without showing them: each hides its own words under a key of its own, the other hides them once more under
// its key, and since the order of the two keys does not matter, equal words end as equal tokens. Nobody can try a word without an answer of
// the other. The group is ristretto255 (RFC 9496), words become elements as in RFC 9497 (hash_to_ristretto255, expand_message_xmd with SHA-512);
// the security is that of the decisional Diffie-Hellman problem. schemas/PROTOCOL.md 14.2. Stateless; any thread; about 50 us a token.
#pragma once

#include <optional>
#include <string_view>

#include "schemas/ids.h"
#include "security/secret.h"

namespace liaison {

using Token = Hash;   // 32 bytes: a canonical encoding of an element that is not the identity

class BlindingKey {
 public:
  // From at least 32 secret bytes: the same ones give the same key. The bytes of `label` keep keys for different purposes apart.
  static BlindingKey derive(View secret, std::string_view label);
  // A scalar as it stands, little-endian: for test vectors. Nothing for zero or one that is not below the group's order.
  static std::optional<BlindingKey> from_scalar(View scalar32);

  // A word under this key. `domain` is the separation tag of the hash: words of different domains never meet.
  Token blind(std::string_view domain, View word) const;
  // Somebody's token under this key as well; nothing for bytes that are no token.
  std::optional<Token> blind_again(const Token& token) const;
  // A token that is no word's, and cannot be told from one that is: number `at` of those that belong to the secret.
  static Token filler(View secret, std::uint32_t at);

 private:
  BlindingKey() = default;
  StackSecret<32> scalar_;
};

bool is_token(const Token& token);

}  // namespace liaison
