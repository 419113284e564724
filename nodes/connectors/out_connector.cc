// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/out_connector.h"

#include <charconv>
#include <set>

#include "nodes/connectors/forwarding.h"

namespace liaison {

namespace {

constexpr std::size_t kLooksAtOnce = 64;
constexpr std::size_t kTogetherMost = 500;       // in one letter
constexpr std::uint64_t kWaitingMost = 10'000;   // rows are made as they can leave: a receiver that is down fills no database
constexpr std::size_t kTroublesMost = 3;         // tries in a row that failed: the other side is down, not one message wrong
constexpr std::chrono::seconds kLookedFor{1};    // so long what may leave is taken to be still so

// The items of a letter that is being sent: "12 13 15" in the connector's note.
std::vector<std::uint64_t> numbers_in(std::string_view note) {
  std::vector<std::uint64_t> out;
  while (!note.empty()) {
    const std::string_view one = note.substr(0, note.find(' '));
    note.remove_prefix(std::min(note.size(), one.size() + 1));
    std::uint64_t number = 0;
    if (std::from_chars(one.data(), one.data() + one.size(), number).ec == std::errc()) out.push_back(number);
  }
  return out;
}

std::string note_of(const std::vector<Parcel>& parcels) {
  std::string out;
  for (const Parcel& one : parcels) out += (out.empty() ? "" : " ") + std::to_string(one.number);
  return out;
}

}  // namespace

Result<ConnectorRun> OutConnector::run(const Door& door, std::size_t most, std::stop_token stop) {
  ConnectorRun run;
  Round round;
  const bool together = carrier_->takes_together() > 0;
  TRY(gather(door, most, round, run));
  if (together && !round.parcels.empty()) TRY(hand_over(door, round.parcels, round, run, stop));
  std::set<std::string> behind;   // records of which something waits now: what follows stays behind it
  for (std::size_t i = 0; i < round.parcels.size() && !together && !stop.stop_requested(); ++i) {
    TRY(look_once_more(door, round.parcels, round));
    if (round.over) break;
    const Parcel& parcel = round.parcels[i];
    if (parcel.number == 0 || behind.contains(parcel.record)) continue;
    const std::size_t before = round.troubles;
    TRY(hand_over(door, {&parcel, 1}, round, run, stop));
    if (round.troubles > before && !parcel.record.empty()) behind.insert(parcel.record);
  }
  if (run.done > 0) run.words = std::to_string(run.done) + (run.done == 1 ? " message handed over" : " messages handed over");
  if (run.failed > 0) run.words += (run.words.empty() ? "" : ", ") + std::to_string(run.failed) + " refused: liaison connector items " + config_.name;
  // What waits for its time does not make the other side well again.
  const bool still = round.parcels.empty() && round.waiting > 0 && !trouble_.empty();
  const bool down = still || (round.troubles > 0 && run.done + run.failed == 0 && run.rest.count() == 0);
  if (down && run.pause.empty() && !stop.stop_requested()) return fail(Code::kUnreachable, trouble_);
  run.more = !round.over && round.troubles == 0 && (run.more || (!together && round.parcels.size() == most));
  if (run.more) return run;
  const auto told = door([&](Desk& desk) -> Result<void> {
    run.next_ms = TRY(desk.store.next_due(config_.name, desk.now.wall_ms));
    return {};
  });
  if (!told) return told.error();
  return run;
}

Result<void> OutConnector::gather(const Door& door, std::size_t most, Round& round, ConnectorRun& run) {
  const auto gathered = door([&](Desk& desk) -> Result<void> {
    const auto counts = TRY(desk.store.counts(config_.name));
    round.waiting = counts.waiting;
    const std::size_t looks = carrier_->takes_together() > 0 ? kTogetherMost / kLooksAtOnce : 1;
    bool more = counts.waiting < kWaitingMost;
    for (std::size_t i = 0; i < looks && more; ++i) more = TRY(look_for_parcels(desk, config_, kLooksAtOnce));
    run.more = more && counts.waiting < kWaitingMost;
    round.parcels = TRY(carrier_->takes_together() > 0 ? gather_together(desk, run) : parcels_due(desk, config_, most));
    return {};
  });
  round.looked = std::chrono::steady_clock::now();
  return gathered;
}

// A letter that may have left is sent again as it was, so that it is known by its id; else a new one, as long as fits.
Result<std::vector<Parcel>> OutConnector::gather_together(Desk& desk, ConnectorRun& run) {
  ConnectorState state = TRY(desk.store.state(config_.name));
  const std::vector<std::uint64_t> numbers = numbers_in(state.note);
  if (!numbers.empty()) {
    auto parcels = TRY(parcels_of(desk, config_, numbers));
    const auto next_ms = parcels.empty() ? std::optional<TimeMs>{} : TRY(desk.store.find(parcels.front().number))->next_ms;
    if (next_ms && *next_ms > desk.now.wall_ms) return std::vector<Parcel>{};
    if (!parcels.empty()) return parcels;
  }
  auto parcels = TRY(parcels_due(desk, config_, kTogetherMost));
  std::size_t bytes = 0, fit = 0;
  while (fit < parcels.size() && (fit == 0 || bytes + parcels[fit].text.size() < carrier_->takes_together())) bytes += parcels[fit++].text.size() + 1;
  run.more = run.more || fit < parcels.size();
  parcels.resize(fit);
  state.note = note_of(parcels);
  TRY(desk.store.set_state(state));
  return parcels;
}

// A pause, and what was taken back, reach a run that takes long: what may not leave any more has the number 0.
Result<void> OutConnector::look_once_more(const Door& door, std::vector<Parcel>& parcels, Round& round) {
  if (std::chrono::steady_clock::now() < round.looked + kLookedFor) return {};
  const auto looked = door([&](Desk& desk) -> Result<void> {
    const ConnectorState state = TRY(desk.store.state(config_.name));
    round.over = round.over || state.paused;
    for (Parcel& one : parcels) {
      if (one.number == 0) continue;
      const auto still = TRY(parcels_of(desk, config_, {one.number}));
      if (still.empty()) one.number = 0;
    }
    return {};
  });
  round.looked = std::chrono::steady_clock::now();
  return looked;
}

Result<void> OutConnector::hand_over(const Door& door, std::span<const Parcel> parcels, Round& round, ConnectorRun& run, std::stop_token stop) {
  const bool together = carrier_->takes_together() > 0;
  const Handed handed = together ? carrier_->hand_over_all(parcels, stop) : carrier_->hand_over(parcels.front(), stop);
  if (stop.stop_requested() && handed.how == Handed::How::kAgain) return {};   // it was cut off by the node's end, which is no try
  const bool again = handed.how == Handed::How::kAgain;
  round.troubles = again ? round.troubles + 1 : 0;
  if (handed.how == Handed::How::kDone) run.done += parcels.size();
  if (handed.how == Handed::How::kRefused) run.failed += parcels.size();
  if (handed.how == Handed::How::kGone) run.pause = handed.words;
  trouble_ = again ? handed.words : "";
  if (handed.not_before) run.rest = *handed.not_before;
  round.over = round.over || !run.pause.empty() || round.troubles == kTroublesMost || run.rest.count() > 0;
  return door([&](Desk& desk) -> Result<void> {
    const TimeMs next_ms = next_try_ms(parcels.front(), handed, desk.now.wall_ms);
    for (const Parcel& one : parcels) TRY(parcel_handed(desk, one, handed, give_up_, next_ms));
    if (!together || again) return {};
    ConnectorState state = TRY(desk.store.state(config_.name));
    state.note.clear();
    return desk.store.set_state(state);
  });
}

}  // namespace liaison
