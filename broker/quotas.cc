// SPDX-License-Identifier: Apache-2.0
#include "broker/quotas.h"

#include <algorithm>
#include <cmath>

namespace liaison {

std::optional<std::uint64_t> Quotas::take(const MemberId& member, std::string_view kind, std::size_t bytes, const Fold& fold,
                                          TimeMs accept_time_ms, std::uint64_t monotonic_ms) {
  const bool receipt = is_small_receipt(kind, bytes);
  const auto used = fold.usage.find(usage_key(accept_time_ms, member, kind));
  const Usage today = used == fold.usage.end() ? Usage{} : used->second;
  const bool many = !receipt && today.messages >= limits_.messages_per_day;
  if (many || today.bytes + bytes > (receipt ? limits_.receipt_bytes_per_day : limits_.bytes_per_day)) {
    return kDayMs - accept_time_ms % kDayMs;
  }
  if (receipt) return take_token(receipts_, member, limits_.receipts_per_second, limits_.receipts_burst, monotonic_ms);
  return take_token(messages_, member, limits_.messages_per_second, limits_.burst, monotonic_ms);
}

std::optional<std::uint64_t> Quotas::take_token(std::map<MemberId, Bucket>& buckets, const MemberId& member, std::uint64_t rate,
                                                std::uint64_t burst, std::uint64_t monotonic_ms) {
  const auto [place, fresh] = buckets.try_emplace(member, Bucket{static_cast<double>(burst), monotonic_ms});
  Bucket& bucket = place->second;
  const double per_ms = static_cast<double>(rate) / 1000.0;
  const double elapsed_ms = static_cast<double>(monotonic_ms - std::min(bucket.filled_ms, monotonic_ms));
  bucket.tokens = std::min(static_cast<double>(burst), bucket.tokens + elapsed_ms * per_ms);
  bucket.filled_ms = monotonic_ms;
  if (bucket.tokens < 1.0) return static_cast<std::uint64_t>(std::ceil((1.0 - bucket.tokens) / per_ms));
  bucket.tokens -= 1.0;
  return std::nullopt;
}

}  // namespace liaison
