// SPDX-License-Identifier: Apache-2.0
// How findings name visits, their States and their days. Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "nodes/domain/findings.h"
#include "schemas/visit.h"

namespace liaison {

// Alpha-3, in alphabetical order.
std::vector<std::string> codes_of(const VisitPlan& plan);
std::vector<std::string> shared_states(const VisitPlan& a, const VisitPlan& b);
std::vector<std::string> all_states(const VisitPlan& a, const VisitPlan& b);
// "Kyrgyzstan and Tajikistan".
std::string names(const std::vector<std::string>& codes);
// "2027-03-08 to 2027-03-12 and 2027-05-01"; of very many the first few and how many more.
std::string spans_text(const std::vector<DaySpan>& spans);
// What a finding about one visit begins with: its record, States, lead and whom to call.
Finding about_visit(FindingKind kind, const VisitFacts& visit);
// "1540-V-2027-0001: 2027-03-08 to 2027-03-12, not verified".
std::string record_and_dates(const VisitPlan& plan);
// The same of two visits in brackets, with a blank before.
std::string both_in_brackets(const VisitPlan& a, const VisitPlan& b);

}  // namespace liaison
