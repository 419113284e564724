// SPDX-License-Identifier: Apache-2.0
#include "nodes/effects.h"

namespace liaison {

Result<Code> apply_effect(Views& views, const Effect& effect, NodeOutcome& outcome) {
  if (!Views::folds(effect.kind)) return Code::kSchema;
  auto news = views.apply(effect);
  if (!news && news.error().code == Code::kBody) return Code::kBody;
  if (!news) return std::move(news).error();
  for (ViewEvent& one : *news) {
    News event;
    event.name = one.name;
    event.view = std::move(one);
    outcome.events.push_back(std::move(event));
  }
  return Code::kAccepted;
}

}  // namespace liaison
