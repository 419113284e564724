// SPDX-License-Identifier: Apache-2.0
// One connector at work: a thread that waits until something is due, is asked for, or comes, lets the connector run, and notes how it went. After a
// crash it begins with what node.db says.
#pragma once

#include <mutex>
#include <thread>

#include "nodes/connectors/connector.h"

namespace liaison {

// What people are told of a connector beside its rows.
struct ConnectorLive {
  bool running = false;
  TimeMs last_run_ms = 0, next_run_ms = 0;
  TimeMs words_ms = 0;                // of the run that the words are of; 0 when it was before the node's start
  std::string words, error;
  std::uint64_t failures = 0;         // runs in a row
  std::uint64_t test = 0;             // the number of the newest test
  bool test_over = true, test_good = false;
  TimeMs test_ms = 0;
  std::string test_words;
};

class ConnectorThread {
 public:
  ConnectorThread(ConnectorConfig config, std::unique_ptr<Connector> connector, Door door, Clock& clock);
  ~ConnectorThread();
  // Its first run is not before this wall time.
  void start(TimeMs not_before_ms = 0);
  // Asks it to end; the destructor waits for it.
  void stop();
  // Whether a run is wanted now, and whether the connector rests. Any thread.
  void poke();
  void set_paused(bool paused);
  std::uint64_t begin_test();
  bool paused() const;
  ConnectorLive live() const;
  const ConnectorConfig& config() const { return config_; }

 private:
  void work(std::stop_token stop);
  void wait(std::stop_token stop);
  void run_once(std::stop_token stop);
  void test_once(std::stop_token stop);
  std::size_t room();
  // When the next run is, after one that ended at `now`.
  std::uint64_t next_run_ms(const Result<ConnectorRun>& ran, std::uint64_t failures, Now now) const;
  Result<void> note(const ConnectorRun& run, const std::string& error, TimeMs now_ms);

  const ConnectorConfig config_;
  const std::unique_ptr<Connector> connector_;
  const Door door_;
  Clock& clock_;
  int poke_fd_ = -1;
  mutable std::mutex mutex_;
  ConnectorLive live_;                // these three under the mutex
  bool paused_ = false, asked_ = false;
  std::uint64_t due_ms_ = 0;          // monotonic; the thread's own from here on
  bool resting_ = false;              // until then nothing wakes it but people
  double tokens_ = 0;
  std::uint64_t tokens_ms_ = 0;
  std::string noted_error_;
  bool noted_rest_ = false;
  std::jthread thread_;
};

}  // namespace liaison
