// SPDX-License-Identifier: Apache-2.0
// What two committees compare when one of them shows nothing: pairs of a State and a week, called cells here, and one side's tokens of them in
// one exchange of questions. The asker's cells reach as far as visits count as near, the answerer's only over the days themselves: they meet
// where the visits are near, to the week. Pure but for what the secret makes; any thread.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "schemas/overlap.h"
#include "schemas/visit.h"
#include "security/blinding.h"

namespace liaison {

// How far a question reaches at most, whatever node.window_days is: half a year.
inline constexpr std::int64_t kOverlapWindowMax = 182;

struct Cell {
  std::string state;          // alpha-3
  std::int64_t week = 0;      // Monday to Sunday, counted from the one of 1970-01-01
  auto operator<=>(const Cell&) const = default;
};
std::int64_t last_day_of(const Cell& cell);
// Of the parts whose days are known at least to the month, with so many days before and after.
std::set<Cell> cells_of(const VisitPlan& plan, std::int64_t window_days);

// One side of one question. Tokens come in ascending order, so that their places say nothing.
class OverlapSide {
 public:
  explicit OverlapSide(View secret) : key_(BlindingKey::derive(secret, "overlap")), secret_(secret) {}

  // kOverlapAsked tokens; CHECKs that there are not more cells.
  std::vector<Token> asked(const std::set<Cell>& cells) const;
  // kOverlapOwn tokens, and for each whose it is: ids with commas between, empty for a filler. Of more cells the first ones in `cells` count.
  struct Own { std::vector<Token> tokens; std::vector<std::string> of; };
  Own own(const std::vector<std::pair<Cell, std::string>>& cells) const;
  // The other side's tokens under this key as well, in the same order; nothing when one of them is no token.
  std::optional<std::vector<Token>> again(const std::vector<Token>& tokens) const;

 private:
  Token token(const Cell& cell) const;
  BlindingKey key_;
  View secret_;               // must outlive it
};

}  // namespace liaison
