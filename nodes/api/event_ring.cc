// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/event_ring.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "nodes/api/messages.h"
#include "security/clock.h"
#include "security/http.h"

namespace liaison {

namespace {

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string EventRing::id_of(std::uint64_t number) const { return std::to_string(started_ms_) + "-" + std::to_string(number); }

std::string EventRing::add(const News& news, TimeMs at_ms) {
  events_.push_back({news, at_ms});
  if (events_.size() > kEventsMax) events_.pop_front();
  return id_of(++newest_);
}

std::string EventRing::after(const std::string& last_id, TimeMs now_ms) const {
  if (last_id.empty()) return {};
  const std::uint64_t before_oldest = newest_ - events_.size();
  const auto mark = last_id.find('-');
  const bool ours = mark != std::string::npos && last_id.substr(0, mark) == std::to_string(started_ms_);
  const auto seen = ours ? number_in(std::string_view(last_id).substr(mark + 1)) : std::nullopt;
  const bool missed = !seen || *seen < before_oldest || *seen > newest_;
  std::string out;
  if (missed) {
    const nlohmann::json data = {{"event", "events.missed"}, {"at", rfc3339_millis(now_ms)},
                                 {"sentence", "some events before these are not kept any more: read the lists that you show anew"}};
    out += event_text(id_of(before_oldest), "events.missed", data.dump());
  }
  const std::uint64_t first = missed ? before_oldest : *seen;
  for (std::uint64_t number = first + 1; number <= newest_; ++number) {
    const Kept& one = events_[number - before_oldest - 1];
    out += event_text(id_of(number), std::string(one.news.name), news_json(one.news, one.at_ms));
  }
  return out;
}

}  // namespace liaison
