// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/actor.h"

#include <pwd.h>

#include <cstdio>
#include <memory>

namespace liaison {

namespace {

constexpr std::size_t kKnownMax = 1'000;

std::string local_name(std::uint32_t uid) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/etc/passwd", "re"), &std::fclose);
  if (!file) return {};
  while (const passwd* user = ::fgetpwent(file.get())) {
    if (user->pw_uid == uid) return user->pw_name;
  }
  return {};
}

}  // namespace

std::string Actors::name_of(std::optional<std::uint32_t> uid) {
  if (!uid) return "unknown";
  if (const auto found = known_.find(*uid); found != known_.end()) return found->second;
  const std::string name = local_name(*uid);
  if (known_.size() >= kKnownMax) known_.clear();
  return known_[*uid] = "uid " + std::to_string(*uid) + (name.empty() ? "" : " (" + name + ")");
}

}  // namespace liaison
