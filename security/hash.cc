// SPDX-License-Identifier: Apache-2.0
#include "security/hash.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>

namespace liaison {
namespace {

constexpr std::size_t kBlockBytes = 64;

// One digest context a thread: making one for each hash would cost as much as hashing a short message.
EVP_MD_CTX* thread_context() {
  struct Context {
    EVP_MD_CTX* at = EVP_MD_CTX_new();
    ~Context() { EVP_MD_CTX_free(at); }
  };
  thread_local const Context context;
  CHECK(context.at != nullptr);
  return context.at;
}

// One hash in the making. Only one a thread at any moment: begin, add, finish.
class Digest {
 public:
  Digest() { begin(); }
  void add(View bytes) { CHECK(EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1); }
  void finish(std::uint8_t* out) { CHECK(EVP_DigestFinal_ex(context_, out, nullptr) == 1); }
  // Starting anew also wipes what the context still holds of the last hash.
  void begin() {
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    CHECK(algorithm != nullptr);
    CHECK(EVP_DigestInit_ex2(context_, algorithm, nullptr) == 1);
  }

 private:
  EVP_MD_CTX* const context_ = thread_context();
};

void fill_pad(StackSecret<kBlockBytes>& pad, View key, std::uint8_t with) {
  const auto to = pad.writable();
  std::fill(to.begin(), to.end(), with);
  for (std::size_t i = 0; i < key.size(); ++i) to[i] = static_cast<std::uint8_t>(key[i] ^ with);
}

}  // namespace

Hash sha256(View bytes) { return sha256({bytes}); }

Hash sha256(std::initializer_list<View> parts) {
  Hash out;
  Digest digest;
  for (const View part : parts) digest.add(part);
  digest.finish(out.data());
  return out;
}

StackSecret<32> hmac_sha256(View key, std::initializer_list<View> parts) {
  Hash short_key;
  if (key.size() > kBlockBytes) {
    short_key = sha256(key);
    key = short_key;
  }
  StackSecret<32> out;
  StackSecret<kBlockBytes> pad;
  Digest digest;
  fill_pad(pad, key, 0x36);
  digest.add(pad.expose());
  for (const View part : parts) digest.add(part);
  digest.finish(out.writable().data());
  digest.begin();
  fill_pad(pad, key, 0x5c);
  digest.add(pad.expose());
  digest.add(out.expose());
  digest.finish(out.writable().data());
  digest.begin();
  return out;
}

Secret hkdf_extract(View salt, View ikm) { return Secret::copy_of(hmac_sha256(salt, {ikm}).expose()); }

Secret hkdf_expand(View prk, View info, std::size_t length) {
  CHECK(length <= 255 * sizeof(Hash));
  Secret out(length);
  View previous;
  for (std::size_t at = 0, counter = 1; at < length; at += sizeof(Hash), ++counter) {
    const auto number = static_cast<std::uint8_t>(counter);
    const StackSecret<32> block = hmac_sha256(prk, {previous, info, View(&number, 1)});
    const std::size_t take = std::min(sizeof(Hash), length - at);
    std::memcpy(out.writable().data() + at, block.expose().data(), take);
    previous = out.expose().subspan(at, take);
  }
  return out;
}

StackSecret<32> hkdf_extract_parts(View salt, std::initializer_list<View> ikm) { return hmac_sha256(salt, ikm); }

StackSecret<32> hkdf_expand_block(View prk, std::initializer_list<View> info) {
  Bytes all;
  for (const View part : info) put(all, part);
  constexpr std::uint8_t kFirst = 1;
  return hmac_sha256(prk, {all, View(&kFirst, 1)});
}

}  // namespace liaison
