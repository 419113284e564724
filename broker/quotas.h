// SPDX-License-Identifier: Apache-2.0
// Quotas, PROTOCOL 9: how much one member may publish. The day's counts are the fold's; the token buckets are memory of
// this process and start full. Monotonic time is handed in.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "broker/fold.h"
#include "schemas/ids.h"
#include "schemas/message.h"

namespace liaison {

struct QuotaLimits {
  std::uint64_t messages_per_second = 20;
  std::uint64_t burst = 100;
  std::uint64_t messages_per_day = 10'000;        // per kind
  std::uint64_t bytes_per_day = 64 * 1024 * 1024; // per kind, whole frames
  std::uint64_t receipts_per_second = 40;
  std::uint64_t receipts_burst = 100;
  std::uint64_t receipt_bytes_per_day = 1ULL << 30;   // whole frames; an honest day has some 30 MiB
  std::uint64_t unacknowledged = kUnacknowledged;      // frames of one member in one batch
};

// A real receipt: 256 structs and their frame. A larger one is a message like any other, for quotas and for the last room
// on the disk.
inline constexpr std::size_t kReceiptBytesMax = 32 * 1024;
inline bool is_small_receipt(std::string_view kind, std::size_t bytes) { return kind == kKindReceipt && bytes <= kReceiptBytesMax; }

class Quotas {
 public:
  explicit Quotas(const QuotaLimits& limits) : limits_(limits) {}
  // Takes one message of this size out of the member's quotas. Nothing when there was room; otherwise the milliseconds
  // to wait, and nothing is taken.
  std::optional<std::uint64_t> take(const MemberId& member, std::string_view kind, std::size_t bytes, const Fold& fold,
                                    TimeMs accept_time_ms, std::uint64_t monotonic_ms);
  const QuotaLimits& limits() const { return limits_; }

 private:
  struct Bucket { double tokens = 0; std::uint64_t filled_ms = 0; };
  std::optional<std::uint64_t> take_token(std::map<MemberId, Bucket>& buckets, const MemberId& member, std::uint64_t rate,
                                          std::uint64_t burst, std::uint64_t monotonic_ms);
  QuotaLimits limits_;
  std::map<MemberId, Bucket> messages_, receipts_;
};

}  // namespace liaison
