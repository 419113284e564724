// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/overlap_cells.h"

#include <algorithm>

#include "nodes/domain/nearness.h"

namespace liaison {

namespace {

constexpr std::string_view kDomain = "liaison/overlap/v1";
constexpr std::int64_t kDaysToMonday = 3;   // 1970-01-01 was a Thursday

std::int64_t week_of(std::int64_t day) {
  const std::int64_t shifted = day + kDaysToMonday;
  return shifted >= 0 ? shifted / 7 : -((6 - shifted) / 7);
}

}  // namespace

std::int64_t last_day_of(const Cell& cell) { return cell.week * 7 - kDaysToMonday + 6; }

std::set<Cell> cells_of(const VisitPlan& plan, std::int64_t window_days) {
  std::set<Cell> cells;
  for (const Part& part : parts_of(plan)) {
    for (std::int64_t week = week_of(part.span.first - window_days); week <= week_of(part.span.last + window_days); ++week) {
      for (const StateRef& state : plan.states) cells.insert({state.alpha3, week});
    }
  }
  return cells;
}

Token OverlapSide::token(const Cell& cell) const {
  Bytes word = bytes_of(view_of(cell.state));
  put_u64(word, static_cast<std::uint64_t>(cell.week));
  return key_.blind(kDomain, word);
}

std::vector<Token> OverlapSide::asked(const std::set<Cell>& cells) const {
  CHECK(cells.size() <= kOverlapAsked);
  std::set<Token> tokens;
  for (const Cell& cell : cells) tokens.insert(token(cell));
  for (std::uint32_t at = 0; tokens.size() < kOverlapAsked; ++at) tokens.insert(BlindingKey::filler(secret_, at));
  return {tokens.begin(), tokens.end()};
}

OverlapSide::Own OverlapSide::own(const std::vector<std::pair<Cell, std::string>>& cells) const {
  std::map<Cell, std::set<std::string>> chosen;
  for (const auto& [cell, id] : cells) {
    if (chosen.size() < kOverlapOwn || chosen.contains(cell)) chosen[cell].insert(id);
  }
  std::map<Token, std::string> tokens;
  for (const auto& [cell, ids] : chosen) {
    std::string& of = tokens[token(cell)];
    for (const std::string& id : ids) of += (of.empty() ? "" : ",") + id;
  }
  for (std::uint32_t at = 0; tokens.size() < kOverlapOwn; ++at) tokens.emplace(BlindingKey::filler(secret_, at), "");
  Own out;
  for (const auto& [one, of] : tokens) {
    out.tokens.push_back(one);
    out.of.push_back(of);
  }
  return out;
}

std::optional<std::vector<Token>> OverlapSide::again(const std::vector<Token>& tokens) const {
  std::vector<Token> out;
  out.reserve(tokens.size());
  for (const Token& one : tokens) {
    const auto twice = key_.blind_again(one);
    if (!twice) return std::nullopt;
    out.push_back(*twice);
  }
  return out;
}

}  // namespace liaison
