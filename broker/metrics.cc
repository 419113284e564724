// SPDX-License-Identifier: Apache-2.0
// The meters as Prometheus families: made when asked for, so that counting costs the loop nothing.
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "broker/status.h"

namespace liaison {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

double number(std::uint64_t value) { return static_cast<double>(value); }

class Page {
 public:
  void family(std::string name, std::string help, MetricType type) {
    families_.push_back({std::move(name), std::move(help), type, {}});
  }
  void add(double value, Labels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    if (families_.back().type == MetricType::Counter) {
      metric.counter.value = value;
    } else {
      metric.gauge.value = value;
    }
    families_.back().metric.push_back(std::move(metric));
  }
  void counter(std::string name, std::string help, double value) {
    family(std::move(name), std::move(help), MetricType::Counter);
    add(value);
  }
  void gauge(std::string name, std::string help, double value) {
    family(std::move(name), std::move(help), MetricType::Gauge);
    add(value);
  }
  void histogram(std::string name, std::string help, const Histogram& histogram) {
    family(std::move(name), std::move(help), MetricType::Histogram);
    ClientMetric metric;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < histogram.counts().size(); ++i) {
      below += histogram.counts()[i];
      const bool last = i == Histogram::kBounds.size();
      metric.histogram.bucket.push_back({below, last ? std::numeric_limits<double>::infinity() : Histogram::kBounds[i]});
    }
    metric.histogram.sample_count = below;
    metric.histogram.sample_sum = histogram.sum();
    families_.back().metric.push_back(std::move(metric));
  }
  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  std::vector<MetricFamily> families_;
};

void add_messages(Page& page, const Meters& meters) {
  page.family("liaison_broker_messages_received_total", "Messages logged, by the committee that sent them and their kind.", MetricType::Counter);
  for (const auto& [key, count] : meters.received) page.add(number(count), {{"committee", key.first.str()}, {"kind", key.second}});
  page.family("liaison_broker_messages_rejected_total", "Messages and requests refused, and messages logged as refused, by reason.", MetricType::Counter);
  for (const auto& [code, count] : meters.rejected) page.add(number(count), {{"reason", std::string(code_name(code))}});
  page.family("liaison_signature_failures_total", "Frames that were not signed by the key they name.", MetricType::Counter);
  const auto failures = meters.rejected.find(Code::kSignature);
  page.add(failures == meters.rejected.end() ? 0 : number(failures->second), {{"reason", std::string(code_name(Code::kSignature))}});
  page.family("liaison_broker_messages_delivered_total", "Whole messages served to the committees they name.", MetricType::Counter);
  for (const auto& [member, count] : meters.delivered) page.add(number(count), {{"committee", member.str()}});
  page.counter("liaison_broker_payloads_dropped_total", "Payloads from connections whose key is no longer active.", number(meters.dropped_payloads));
  page.counter("liaison_broker_answers_dropped_total", "Answers dropped because the peer's queue was full.", number(meters.answers_dropped));
}

void add_log(Page& page, const StatusSource& source) {
  const Meters& meters = source.gateway.meters();
  page.gauge("liaison_journal_sequence", "Entries in the log, as the newest checkpoint says.", number(source.gateway.ledger().size()));
  const LateCheck& check = source.gateway.ledger().late_check();
  page.gauge("liaison_journal_unchecked_entries", "Entries that the start took on their tiles' word and that have not been read since.",
             number(check.end() - check.checked()));
  page.counter("liaison_journal_batches_total", "Batches committed since the start.", number(meters.batches));
  page.histogram("liaison_journal_append_seconds", "Writing one batch's rows, before the sync.", meters.append);
  page.histogram("liaison_journal_fsync_seconds", "Waiting for stable storage: twice a batch.", meters.sync);
  page.gauge("liaison_journal_bytes", "Bytes of the log and the checkpoint on disk.", number(source.store_bytes));
  page.gauge("liaison_journal_free_bytes", "Bytes free on the log's disk, the reserve not counted.", number(source.gateway.room().free_bytes()));
  const TrustedRoster* roster = source.gateway.exchange().charter().roster();
  if (roster != nullptr) {
    page.gauge("liaison_roster_version", "Version of the roster in force.", number(roster->roster.version));
    page.gauge("liaison_roster_expiry_timestamp_seconds", "When the roster in force expires.", number(roster->roster.expires_ms) / 1000);
  }
  page.gauge("liaison_broker_clock_trusted", "1 while the broker's clock is trusted, 0 until an operator confirms it.",
             source.gateway.exchange().clock().halted() ? 0 : 1);
}

void add_channel(Page& page, const StatusSource& source) {
  page.gauge("liaison_broker_fetches_waiting", "Fetches that wait for new entries.", number(source.gateway.sessions().waiting()));
  if (source.channel == nullptr) return;
  const ChannelCounters& channel = *source.channel;
  page.family("liaison_broker_connected_peers", "Connections after a completed handshake.", MetricType::Gauge);
  for (const auto& [member, count] : channel.connected) page.add(count, {{"committee", member}});
  page.counter("liaison_zap_denied_total", "Handshakes refused: the key is not an active one of that committee.", number(channel.zap_denied));
  page.counter("liaison_zap_accepted_total", "Handshakes allowed.", number(channel.zap_accepted));
  page.counter("liaison_broker_handshakes_failed_total", "Handshakes that did not complete.", number(channel.handshake_failed));
  page.counter("liaison_broker_connections_refused_total", "Connections beyond the number a committee may have.", number(channel.connections_refused));
  page.counter("liaison_broker_admissions_refused_total", "Connections that came faster than those of a committee may.",
               number(channel.admissions_refused));
  page.counter("liaison_broker_parts_refused_total", "Messages that were not one payload part.", number(channel.parts_refused));
  page.counter("liaison_broker_connections_cut_total",
               "Connections cut: more than one part, too much held, a key that is not active any more, or one more than a committee may have.",
               number(channel.connections_cut));
  page.counter("liaison_broker_unproven_cut_total", "Connections cut before their handshake was over: too many at once, or too many bytes.",
               number(channel.unproven_cut));
  page.counter("liaison_broker_doors_shut_total", "Times that no new connections were taken for lack of file descriptors.", number(channel.doors_shut));
}

void add_process(Page& page, const Meters& meters) {
  page.family("liaison_broker_cpu_seconds_total", "CPU of the broker's loop by stage.", MetricType::Counter);
  for (const Stage stage : {Stage::kIdle, Stage::kVerify, Stage::kStore, Stage::kSync, Stage::kCheckpoint, Stage::kServe, Stage::kCheck}) {
    page.add(meters.cpu_seconds(stage), {{"stage", std::string(word_of(stage))}});
  }
  page.family("liaison_http_requests_total", "Requests answered, by route and status.", MetricType::Counter);
  for (const auto& [key, count] : meters.http) page.add(number(count), {{"route", key.first}, {"code", std::to_string(key.second)}});
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  page.counter("process_cpu_seconds_total", "CPU of the whole process.", seconds(usage.ru_utime) + seconds(usage.ru_stime));
  std::ifstream statm("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  if (statm >> size >> resident) {
    page.gauge("process_resident_memory_bytes", "Resident memory.", number(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)));
  }
  std::error_code error;
  std::uint64_t descriptors = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end; at.increment(error)) ++descriptors;
  page.gauge("process_open_fds", "Open file descriptors.", number(descriptors));
}

}  // namespace

std::string metrics_text(const StatusSource& source) {
  Page page;
  page.family("liaison_build_info", "Always 1; the version is the label.", MetricType::Gauge);
  page.add(1, {{"version", LIAISON_VERSION}});
  add_messages(page, source.gateway.meters());
  add_log(page, source);
  add_channel(page, source);
  add_process(page, source.gateway.meters());
  return page.text();
}

}  // namespace liaison
