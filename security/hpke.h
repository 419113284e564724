// SPDX-License-Identifier: Apache-2.0
// HPKE base mode, single shot (RFC 9180): DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001, ChaCha20-Poly1305
// 0x0003. Tested with the RFC's A.2 vectors. Stateless; any thread.
#pragma once

#include <optional>

#include "schemas/ids.h"
#include "security/keys.h"
#include "security/secret.h"

namespace liaison {

struct HpkeSealed { PublicKey enc{}; Bytes ct; };   // ct is 16 bytes longer than the plaintext

// Nothing when the recipient's key gives an all-zero shared secret.
std::optional<HpkeSealed> hpke_seal(const PublicKey& recipient, View info, View aad, View plaintext);
// With the ephemeral key given: for test vectors only.
std::optional<HpkeSealed> hpke_seal_with(const AgreementKey& ephemeral, const PublicKey& recipient, View info, View aad, View plaintext);
std::optional<Secret> hpke_open(const AgreementKey& recipient, const PublicKey& enc, View info, View aad, View ct);

// One ChaCha20-Poly1305 (RFC 8439) over a whole buffer; nonce is 12 bytes.
Bytes aead_seal(View key, View nonce, View aad, View plaintext);
std::optional<Secret> aead_open(View key, View nonce, View aad, View ct);

}  // namespace liaison
