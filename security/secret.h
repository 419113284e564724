// SPDX-License-Identifier: Apache-2.0
// Bytes that are wiped when they go, never printed and never copied by accident. Memory comes from OpenSSL's secure
// heap (1 MiB, locked, between guard pages, out of core dumps; under 1 us a piece), and when that is full from
// libsodium's (as safe, but 35 us a piece). Owned by whoever made it; may move between threads, not be shared.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "schemas/ids.h"

namespace liaison {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::size_t size);          // zeroed
  static Secret copy_of(View bytes);
  static Secret random(std::size_t size);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  std::span<std::uint8_t> writable() { return {data_, size_}; }
  View expose() const { return {data_, size_}; }  // the one way to the bytes: grep for it
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Keeps the first `size` bytes; CHECKs that there are as many.
  void shrink(std::size_t size);
  Secret clone() const { return copy_of(expose()); }

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

// Overwrites, in a way that the compiler does not leave out.
void wipe(std::span<std::uint8_t> bytes);

// A short-lived intermediate on the stack, wiped when it goes: for the inside of a computation, never kept.
template <std::size_t N>
class StackSecret {
 public:
  StackSecret() = default;
  StackSecret(const StackSecret& other) = default;
  StackSecret& operator=(const StackSecret&) = delete;
  ~StackSecret() { wipe(bytes_); }
  std::span<std::uint8_t, N> writable() { return bytes_; }
  View expose() const { return bytes_; }

 private:
  std::array<std::uint8_t, N> bytes_{};
};

// Constant-time for equal lengths.
bool equal_secret(View a, View b);
// To be called first in main: initialises libsodium, forbids core dumps and ptrace by others (RLIMIT_CORE 0,
// PR_SET_DUMPABLE 0). Ends the process when libsodium cannot start.
void harden_process();
// Freed memory up to some MiB stays with the process: otherwise each large message has the kernel take pages away and clear
// them anew. To be called once in main of a program that carries many messages.
void keep_freed_memory();
// Fills from the operating system's generator.
void random_bytes(std::span<std::uint8_t> out);

}  // namespace liaison
