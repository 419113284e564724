// SPDX-License-Identifier: Apache-2.0
// Suite 2, PROTOCOL 8: a body sealed to the recipients' HPKE keys and the sender's own, under one content key that the
// header commits to. Stateless; any thread.
#pragma once

#include <optional>
#include <vector>

#include "schemas/ids.h"
#include "schemas/result.h"
#include "security/frame.h"
#include "security/hpke.h"

namespace liaison {

inline constexpr std::size_t kPlaintextBytesMax = 65'535;
inline constexpr std::size_t kStanzaBytes = 8 + 32 + 56;

// The content key (CEK) of one message.
class ContentKey {
 public:
  static ContentKey generate();
  static ContentKey from(View cek32);          // from a stored one
  Hash commitment() const;                     // goes into the header before it is encoded
  View expose() const { return cek_.expose(); }

 private:
  Secret cek_;
};

struct SealTo { KeyId key_id{}; PublicKey key{}; std::uint64_t pair_seq = 0; };   // pair_seq 0 for the sender's own

// Body bytes: stanzas in the order given (header order, then the sender's own), then the sealed, padded plaintext.
// E_SIZE for a plaintext over 65,535 bytes; E_KEY for a recipient key that cannot be sealed to.
Result<Bytes> seal_body(const ContentKey& content_key, const NetworkId& network, const KeyId& sign_key_id,
                        View header_bytes, const std::vector<SealTo>& to, View plaintext);

// What the broker may check without reading: exactly these key_ids in this order, and a body of 16 + 256 x 2^k after
// them. E_SEAL otherwise.
Result<void> check_stanzas(View body, const std::vector<KeyId>& expected);
// The key_ids of the stanzas; E_SEAL when the body is too short for its count.
Result<std::vector<KeyId>> stanza_key_ids(View body);

struct Opened { Secret plaintext; std::uint64_t pair_seq = 0; ContentKey content_key; };
// Opens the stanza whose key_id is `key_id`. E_OPEN for a key that does not open it, a duplicate stanza, a commitment
// or padding that does not hold.
Result<Opened> open_body(const AgreementKey& key, const KeyId& key_id, const NetworkId& network, const KeyId& sign_key_id,
                         View header_bytes, const Hash& commitment, View body);
// The same with a content key kept beside the frame: evidence stays openable when HPKE keys are gone.
Result<Secret> open_with_content_key(const ContentKey& content_key, View header_bytes, const Hash& commitment, View body);

}  // namespace liaison
