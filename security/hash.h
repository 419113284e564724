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

// HKDF-Extract and HKDF-Expand; CHECKs length <= 255 * 32.
Secret hkdf_extract(View salt, View ikm);
Secret hkdf_expand(View prk, View info, std::size_t length);

}  // namespace liaison
