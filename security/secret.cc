// SPDX-License-Identifier: Apache-2.0
#include "security/secret.h"

#include <openssl/crypto.h>
#include <sodium.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstring>
#include <utility>

namespace liaison {
namespace {

constexpr std::size_t kArenaBytes = 1 << 20;
constexpr std::size_t kPieceBytesMin = 32;

bool start_sodium() { return sodium_init() >= 0; }

// Once for the process. 2 means that the memory could not be locked: still guarded and out of core dumps.
bool start_arena() {
  CHECK(start_sodium());
  return CRYPTO_secure_malloc_init(kArenaBytes, kPieceBytesMin) != 0;
}

std::uint8_t* allocate(std::size_t size) {
  static const bool arena = start_arena();
  void* at = arena ? OPENSSL_secure_malloc(size) : nullptr;
  if (at == nullptr) at = sodium_malloc(size);
  CHECK(at != nullptr);
  std::memset(at, 0, size);
  return static_cast<std::uint8_t*>(at);
}

void release(std::uint8_t* at, std::size_t size) {
  if (at == nullptr) return;
  if (CRYPTO_secure_allocated(at) == 1) {
    OPENSSL_secure_clear_free(at, size);
  } else {
    sodium_free(at);
  }
}

}  // namespace

Secret::Secret(std::size_t size) : data_(size == 0 ? nullptr : allocate(size)), size_(size) {}

Secret Secret::copy_of(View bytes) {
  Secret out(bytes.size());
  if (!bytes.empty()) std::memcpy(out.data_, bytes.data(), bytes.size());
  return out;
}

Secret Secret::random(std::size_t size) {
  Secret out(size);
  random_bytes(out.writable());
  return out;
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    release(data_, size_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

Secret::~Secret() { release(data_, size_); }

// Both heaps know the true size of a piece, so that releasing it wipes the rest as well.
void Secret::shrink(std::size_t size) {
  CHECK(size <= size_);
  if (size == 0) release(std::exchange(data_, nullptr), size_);
  size_ = size;
}

void wipe(std::span<std::uint8_t> bytes) { sodium_memzero(bytes.data(), bytes.size()); }

bool equal_secret(View a, View b) {
  return a.size() == b.size() && (a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0);
}

void harden_process() {
  CHECK(start_sodium());
  // A service's unit sets this limit itself and then forbids the call.
  rlimit limit{};
  if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0) {
    limit = {0, 0};
    CHECK(setrlimit(RLIMIT_CORE, &limit) == 0);
  }
  CHECK(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0);
}

void keep_freed_memory() {
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 8 << 20);
  mallopt(M_TOP_PAD, 1 << 20);
}

void random_bytes(std::span<std::uint8_t> out) {
  static const bool started = start_sodium();
  CHECK(started);
  randombytes_buf(out.data(), out.size());
}

}  // namespace liaison
