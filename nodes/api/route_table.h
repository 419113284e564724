// SPDX-License-Identifier: Apache-2.0
// All that the local API knows, as a table: what is not in it is not answered (routes.cc asks it first), and GET /openapi.json is made from it
// (openapi.h). README.md beside this says the same to people; a test holds the two together. Immutable; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace liaison {

struct RouteFilter { std::string name, meaning; };

struct Route {
  // What a row may have besides: a dry run and an Idempotency-Key (kWrite), If-Match (kChange: a write, too), an ETag (kTagged), pages (kPaged).
  // kAct: a write that may be kept as a draft.
  enum Traits : unsigned { kPlain = 0, kWrite = 1, kChange = 2, kTagged = 4, kPaged = 8, kDraftable = 16, kAct = kWrite | kDraftable };
  std::string method;             // GET, POST, PATCH
  std::string path;               // below /api/v1: "/visits/{id}"
  std::string name;               // operationId: "show_visit"
  std::string meaning;
  std::string answer;             // name of a schema; "text/..." where it is no JSON
  unsigned traits = kPlain;
  std::string body = {};          // name of a schema
  std::vector<RouteFilter> filters = {};
};

const std::vector<Route>& routes();
// Those whose path this is, given as its parts without the base; empty when there is none.
std::vector<const Route*> routes_at(const std::vector<std::string>& path);

}  // namespace liaison
