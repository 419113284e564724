// SPDX-License-Identifier: Apache-2.0
// What the log holds of a decision by silence, read from the stored revisions and answers.
#include <algorithm>

#include "nodes/domain/record_parts.h"

namespace liaison {
namespace {

constexpr std::string_view kProcedure = "procedure";

void read_terms(const Record& first, Silence& out) {
  out.working_days = static_cast<std::uint32_t>(first.value("working_days").number);
  out.hold_months = static_cast<std::uint32_t>(first.value("hold_months").number);
  out.from_delivery = first.value("starts_by").text != "circulation";
  out.station = first.value("duty_station").text;
  out.closing_hour = first.value("closing_hour").text;
}

// What a revision gave more than the one before it.
std::optional<SilenceExtension> extension_of(const Record& before, const Record& after, const StoredRevision& revision) {
  const auto more = [&](const char* field) {
    const std::uint64_t was = before.value(field).number, is = after.value(field).number;
    return static_cast<std::uint32_t>(is > was ? is - was : 0);
  };
  SilenceExtension out{revision.place.time_ms, more("extension_days"), more("hold_extension_months"), after.value("extension_terms").text, revision.message,
                       revision.place.index.value_or(0)};
  return out.working_days == 0 && out.hold_months == 0 ? std::nullopt : std::optional(std::move(out));
}

}  // namespace

Result<Silence> Records::silence(const std::string& record_id) {
  auto& parts = *parts_;
  const auto current = TRY(parts.known(record_id));
  if (current.record.kind->kind != kProcedure)
    return fail(Code::kInput, "id: " + record_id + " is a " + current.record.kind->noun + " and no procedure", "liaison procedure list shows them");
  const auto revisions = TRY(parts.store->revisions(record_id));
  if (revisions.empty() || !revisions.front().place.index)
    return fail(Code::kTransition, record_id + " is not in the log yet: nobody has been asked", "wait until it has left; liaison status says what keeps it");
  Silence out;
  out.circulated_at = revisions.front().place.time_ms;
  out.message = revisions.front().message;
  out.index = *revisions.front().place.index;
  for (const MemberId& member : revisions.front().recipients) out.notices.push_back({member, std::nullopt});
  Record before = TRY(stored_record(revisions.front()));
  read_terms(before, out);
  for (const StoredRevision& revision : revisions) {
    if (!revision.place.index) break;
    Record after = TRY(stored_record(revision));
    if (auto more = extension_of(before, after, revision)) out.extensions.push_back(std::move(*more));
    before = std::move(after);
  }
  for (const auto& one : TRY(parts.store->answers(record_id))) {
    if (!one.place.index) continue;
    const auto answer = decode_record_answer(one.body);
    if (!answer) return fail(Code::kStore, "a stored answer to " + record_id + " is damaged: " + answer.error().what);
    out.words.push_back({one.sender, answer->answer, answer->text, one.place.time_ms, one.message, *one.place.index});
  }
  return out;
}

Result<std::optional<Certificate>> Records::certificate(const std::string& record_id) {
  auto& parts = *parts_;
  const auto current = TRY(parts.known(record_id));
  std::optional<Certificate> out;
  const std::string& status = current.record.status();
  if (current.record.kind->kind != kProcedure || status == "circulated" || status == "withdrawn") return out;
  for (const StoredRevision& revision : TRY(parts.store->revisions(record_id))) {
    Record record = TRY(stored_record(revision));
    if (record.status() != status) out.reset();
    else if (!out) out = Certificate{std::move(record), revision.revision, revision.message, revision.place};
  }
  return out;
}

}  // namespace liaison
