// SPDX-License-Identifier: Apache-2.0
// SHA-256 and HKDF-SHA256 (RFC 5869) by OpenSSL. Stateless; any thread.
#pragma once

#include <initializer_list>

#include "schemas/ids.h"
#include "security/secret.h"

namespace liaison {

Hash sha256(View bytes);
// Of the concatenation, without building it.
Hash sha256(std::initializer_list<View> parts);

// HMAC-SHA256 (RFC 2104) of the concatenation.
StackSecret<32> hmac_sha256(View key, std::initializer_list<View> parts);

// HKDF-Extract and HKDF-Expand; CHECKs length <= 255 * 32.
Secret hkdf_extract(View salt, View ikm);
Secret hkdf_expand(View prk, View info, std::size_t length);
// The same for secrets that do not leave the computation: Extract over a concatenation; the first 32 bytes of Expand.
StackSecret<32> hkdf_extract_parts(View salt, std::initializer_list<View> ikm);
StackSecret<32> hkdf_expand_block(View prk, std::initializer_list<View> info);

}  // namespace liaison
