// SPDX-License-Identifier: Apache-2.0
// The broker as a whole: folder lock, store, keys, gateway, endpoints, and the two local HTTP doors, opened in order and
// closed in reverse. One thread calls step(); the sockets' own threads only hand over bytes. After a crash: open() again.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "broker/config.h"
#include "broker/gateway.h"
#include "broker/sqlite_store.h"
#include "broker/status.h"
#include "security/channel.h"
#include "security/durable.h"
#include "security/http.h"

namespace liaison {

class Broker {
 public:
  // kLocked when another broker has the folder; kPassphrase, kPermission for keys; kStore naming the place of damage;
  // kIo when an address of the local doors is taken. A member's endpoint that cannot be bound is tried again by step().
  static Result<std::unique_ptr<Broker>> open(const Config& config, const Secret& passphrase, Clock& clock);
  ~Broker();

  // Waits at most this long for something to do, or for `wake_fd` (-1: none), then does one round. Any error: the process
  // must end; sync_failed() says whether stable storage failed.
  Result<void> step(std::chrono::milliseconds at_most, int wake_fd);

  const Gateway& gateway() const { return *gateway_; }
  // Of the status page, as bound.
  std::string http_address() const { return http_->address(); }

 private:
  Broker(const Config& config, Clock& clock, FolderLock lock);
  Result<void> open_endpoints();
  void bind_members();
  Result<void> open_doors();
  void answer_doors();
  void keep_rosters();
  void wait(std::chrono::milliseconds at_most, int wake_fd);
  StatusSource source() const;

  Config config_;
  Clock& clock_;
  FolderLock lock_;
  Meters meters_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<AgreementKey> curve_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<ServerChannel> channel_;
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<HttpServer> control_;
  std::set<MemberId> bound_;
  std::map<MemberId, std::string> unbound_;   // and why
  std::uint64_t next_bind_ms_ = 0;
  bool more_ = false;
  std::uint64_t roster_kept_ = 0;   // version of the newest in rosters/
  std::size_t strange_kept_ = 0;
};

// The control socket's path, relative to the working folder where that is shorter: it may have 107 bytes.
std::string control_socket(const std::filesystem::path& folder);

}  // namespace liaison
