// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets share. A target takes any bytes and must come back; what it claims beyond that is a CHECK, which
// ends the process, so that the fuzzer keeps the bytes. Nothing here is random: the same bytes always do the same.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "schemas/ids.h"
#include "schemas/result.h"
#include "security/hash.h"
#include "security/keys.h"

// What a target does with `size` bytes at `data`. With a fuzzer each target is a program of its own and this the function that the fuzzer calls; else
// all of them are in one program, under their names.
#ifdef LIAISON_FUZZ
#define FUZZ_ENTRY(name) extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
#else
#define FUZZ_ENTRY(name) extern "C" int fuzz_##name(const std::uint8_t* data, std::size_t size)
#endif

namespace liaison::fuzz {

// The keys of tests/vectors, made from small numbers.
inline SigningKey signing_key(std::uint8_t number) {
  return SigningKey::from_seed(sha256({view_of("sign"), View(&number, 1)}));
}
inline AgreementKey agreement_key(std::uint8_t number) {
  return AgreementKey::from_secret(sha256({view_of("agree"), View(&number, 1)}));
}
// The network id of tests/vectors.
inline Hash network_id() {
  return *array_from<Hash>(*from_hex("68ce12fbb96f93dcd75ba1c2d09ce8418a257d2af43587de357a2afa8ad91752"));
}

inline bool same_bytes(View a, View b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

// What was read can be written and read again to the same bytes. False when the bytes are refused.
template <class Decode, class Encode>
bool settles(View bytes, const Decode& decode, const Encode& encode) {
  const auto value = decode(bytes);
  if (!value) return false;
  const Bytes once = encode(*value);
  const auto again = decode(once);
  CHECK(again.has_value());
  CHECK(encode(*again) == once);
  return true;
}

// Takes the input from the front, piece by piece; zeros when it is used up.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}
  View rest() const { return rest_; }
  View take(std::size_t size) {
    const View piece = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(piece.size());
    return piece;
  }
  std::uint8_t byte() {
    const View piece = take(1);
    return piece.empty() ? std::uint8_t{0} : piece[0];
  }
  std::uint64_t number() {
    std::array<std::uint8_t, 8> bytes{};
    const View piece = take(8);
    std::copy(piece.begin(), piece.end(), bytes.begin());
    return get_u64(bytes.data());
  }
  Hash hash() {
    Hash out{};
    const View piece = take(32);
    std::copy(piece.begin(), piece.end(), out.begin());
    return out;
  }

 private:
  View rest_;
};

}  // namespace liaison::fuzz
