// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/nearness.h"

#include <algorithm>

namespace liaison {
namespace {

Nearness nearness_of(const Part& a, const Part& b) {
  Nearness near;
  const DaySpan shared{std::max(a.span.first, b.span.first), std::min(a.span.last, b.span.last)};
  near.possibly = a.certainty == Certainty::kMonth || b.certainty == Certainty::kMonth;
  near.whole = {std::min(a.span.first, b.span.first), std::max(a.span.last, b.span.last)};
  near.on_site = a.component->mode == ComponentMode::on_site && b.component->mode == ComponentMode::on_site;
  if (shared.first <= shared.last) {
    if (!near.possibly) near.common = shared;
    near.may_meet = true;
  } else {
    const auto& later = a.span.first > b.span.first ? a : b;
    near.gap = shared.first - shared.last - 1;
    if (later.component->start.empty()) near.open_start = later.plan;
    near.may_meet = near.open_start != nullptr;
  }
  return near;
}

bool nearer(const Nearness& a, const Nearness& b) {
  if (a.common.has_value() != b.common.has_value()) return a.common.has_value();
  if (a.common) return a.common->first < b.common->first;
  if (a.gap != b.gap) return a.gap < b.gap;
  if (a.possibly != b.possibly) return !a.possibly;
  return a.whole.first < b.whole.first;
}

}  // namespace

std::vector<Part> parts_of(const VisitPlan& plan) {
  std::vector<Part> parts;
  for (const auto& component : plan.components) {
    const auto certainty = certainty_of(component.precision);
    const auto span = day_span(component);
    if (certainty != Certainty::kNone && span) parts.push_back({*span, &plan, &component, certainty});
  }
  return parts;
}

std::optional<Nearness> nearest_parts(const VisitPlan& a, const VisitPlan& b, bool on_site_only) {
  std::optional<Nearness> best;
  for (const auto& x : parts_of(a)) {
    for (const auto& y : parts_of(b)) {
      const auto near = nearness_of(x, y);
      if (on_site_only && (!near.on_site || near.possibly)) continue;
      if (!best || nearer(near, *best)) best = near;
    }
  }
  return best;
}

std::vector<DaySpan> merged(std::vector<DaySpan> spans) {
  std::sort(spans.begin(), spans.end(), [](const DaySpan& x, const DaySpan& y) { return x.first < y.first; });
  std::vector<DaySpan> out;
  for (const auto& span : spans) {
    if (!out.empty() && span.first <= out.back().last + 1) out.back().last = std::max(out.back().last, span.last);
    else out.push_back(span);
  }
  return out;
}

std::vector<Stretches> common_days(const VisitPlan& a, const VisitPlan& b) {
  using enum ComponentMode;
  std::vector<Stretches> all = {{on_site, on_site, {}}, {virtual_, on_site, {}}, {on_site, virtual_, {}}, {virtual_, virtual_, {}}};
  const auto parts_of_b = parts_of(b);
  for (const auto& x : parts_of(a)) {
    for (const auto& y : parts_of_b) {
      const auto common = nearness_of(x, y).common;
      for (auto& one : all) {
        if (common && one.a == x.component->mode && one.b == y.component->mode) one.spans.push_back(*common);
      }
    }
  }
  std::erase_if(all, [](const Stretches& one) { return one.spans.empty(); });
  for (auto& one : all) one.spans = merged(std::move(one.spans));
  return all;
}

std::optional<DaySpan> known_days(const VisitPlan& plan) {
  std::optional<DaySpan> all;
  for (const auto& part : parts_of(plan)) {
    if (!all) all = part.span;
    all->first = std::min(all->first, part.span.first);
    all->last = std::max(all->last, part.span.last);
  }
  return all;
}

}  // namespace liaison
