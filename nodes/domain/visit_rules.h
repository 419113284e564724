// SPDX-License-Identifier: Apache-2.0
// Who may do what with a visit: the life cycle as a table, and the rules that bind a committee's officers before
// anything leaves. Received records are not judged by these: another committee's life cycle is its own affair. Pure
// functions; nothing is stored.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "schemas/ids.h"
#include "schemas/record.h"
#include "schemas/result.h"
#include "schemas/visit.h"

namespace liaison {

// Where a record of this committee starts: 1540 goes where a State invites it, the others propose.
VisitStatus first_status(const MemberId& lead);
// The moves that exist from `status` for a record of `lead`, in the order an officer would think of them.
std::vector<VisitStatus> moves_from(VisitStatus status, const MemberId& lead);
// False once a visit will not take place as written: declined, postponed, cancelled, merged, withdrawn_consent.
bool stands(VisitStatus status);
// True from under_way on: the days are a fact and no longer a plan.
bool has_begun(VisitStatus status);
// True from conducted on.
bool is_over(VisitStatus status);

// The aims that a committee's visits have; every committee's aims for a member without a vocabulary of its own.
const std::vector<std::string_view>& aims_of(const MemberId& lead);

// Fields that must agree with each other and with the lead's vocabulary: kInput naming the field.
Result<void> check_visit_fields(const VisitPlan& plan);
// A new record by its lead. kTransition for a status in which no record starts, unless `historical` and conducted.
// kInput for a consent that says as_source_says when it is no historical record.
Result<void> check_new_visit(const VisitPlan& plan, bool historical);
// A revision by `who`. Sets the consent that a consent_* move brings with it when the officer left it as it was.
// kNotOwner, kTransition, kInput.
Result<void> settle_change(const MemberId& who, const VisitPlan& before, VisitPlan& after);
// The consent record that a visit names in consent.reference, as the caller found it: nothing when it names the State's note or nothing, why not for
// a record that is not known here or was recalled.
using NamedConsent = std::optional<Result<Record>>;
// Whether the State's consent lets a revision of a settled change say what it says. From consent_granted to conducted a visit that nobody invited, or
// that the State has refused since, rests on a consent record of all its States, to `visit`, that is in force until its last day (once that is past: was
// in force on it), covers it and is for its lead and those who are `told`; or on the State's note with its date. Asked at each step, and when the
// consent, the States or the days change. `today` counts days since 1970-01-01. kTransition naming the field, the rule and what to try.
Result<void> check_visit_consent(const VisitPlan& before, const VisitPlan& after, const std::vector<MemberId>& told, const NamedConsent& named,
                                 std::int64_t today);
// Why a visit that stands so cannot go on with the consent record that it names; nothing when it can, or names none. As above.
Result<void> check_named_consent(const VisitPlan& plan, const std::vector<MemberId>& told, const NamedConsent& named, std::int64_t today);
// A visit that names a consent record and, by its status, has not taken place: consent_granted, scheduled, under_way.
bool rests_on_record(const VisitPlan& plan);
// Only its lead recalls a record: kNotOwner.
Result<void> check_new_recall(const MemberId& who, const VisitPlan& plan);
// A visit goes on in one that stands and shares a State with it: kInput.
Result<void> check_merge(const VisitPlan& plan, const VisitPlan& into);
// What `who` may say to a plan. kInput for the owner itself; kTransition once the visit has ended or been given up, where
// only comments are left, unless `historical`.
Result<void> check_new_answer(const MemberId& who, const VisitPlan& plan, AnswerKind answer, bool historical);

}  // namespace liaison
