// SPDX-License-Identifier: Apache-2.0
#include "nodes/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace liaison {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

class MetricPage {
 public:
  void add(const char* name, const char* help, MetricType type, double value, std::vector<ClientMetric::Label> labels = {}) {
    if (families_.empty() || families_.back().name != name) families_.push_back({name, help, type, {}});
    ClientMetric metric;
    metric.label = std::move(labels);
    (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    families_.back().metric.push_back(std::move(metric));
  }
  void gauge(const char* name, const char* help, std::uint64_t value) { add(name, help, MetricType::Gauge, static_cast<double>(value)); }
  void counter(const char* name, const char* help, std::uint64_t value) { add(name, help, MetricType::Counter, static_cast<double>(value)); }
  std::string text() const {
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, families_);
    return out.str();
  }

 private:
  std::vector<MetricFamily> families_;
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double seconds_of(const nlohmann::json& time) {
  const auto ms = time.is_string() ? parse_time(time.get<std::string>()) : std::nullopt;
  return ms ? static_cast<double>(*ms) / 1000 : 0;
}

void add_connectors(MetricPage& page, Node& node, const Connectors& connectors) {
  const auto found = connectors.list(node);
  if (!found) return;
  for (const auto& one : (*found)["items"])
    page.add("liaison_connector_last_run_timestamp_seconds", "When a connector ran last.", MetricType::Gauge, seconds_of(one["last_run"]),
             {{"connector", one["name"]}});
  for (const auto& one : (*found)["items"])
    page.add("liaison_connector_failures", "Runs in a row that failed.", MetricType::Gauge, one["failures"].get<double>(), {{"connector", one["name"]}});
  for (const auto& one : (*found)["items"]) {
    for (const char* state : {"waiting", "held", "failed_now"})
      page.add("liaison_connector_items", "Items that are not done.", MetricType::Gauge, one[state].get<double>(),
               {{"connector", one["name"]}, {"state", std::string_view(state) == "failed_now" ? "failed" : state}});
  }
  for (const auto& one : (*found)["items"]) {
    for (const char* outcome : {"done", "failed"})
      page.add("liaison_connector_items_total", "Items that a connector has ended.", MetricType::Counter, one[outcome].get<double>(),
               {{"connector", one["name"]}, {"outcome", outcome}});
  }
}

}  // namespace

std::string node_metrics(Node& node, const Link& link, const Connectors* connectors, std::uint64_t api_requests, Now now) {
  MetricPage page;
  page.add("liaison_build_info", "Version of this program.", MetricType::Gauge, 1, {{"version", LIAISON_VERSION}});
  page.gauge("liaison_node_link_up", "1 while the broker is connected.", link.state() == Link::State::kUp ? 1 : 0);
  page.gauge("liaison_node_publishing", "1 while messages are signed and sent.", node.publishing_stopped(now) ? 0 : 1);
  page.gauge("liaison_journal_sequence", "Entries of the log that this node mirrors.", node.mirror().size());
  const auto drafts = node.rows().count(MessageState::kDraft), sent = node.rows().count(MessageState::kSigned),
             accepted = node.rows().count(MessageState::kAccepted);
  const char* outbox_help = "Own messages that are not done.";
  page.add("liaison_node_outbox_messages", outbox_help, MetricType::Gauge, drafts ? static_cast<double>(*drafts) : 0, {{"state", "draft"}});
  page.add("liaison_node_outbox_messages", outbox_help, MetricType::Gauge, sent ? static_cast<double>(*sent) : 0, {{"state", "sent"}});
  page.add("liaison_node_outbox_messages", outbox_help, MetricType::Gauge, accepted ? static_cast<double>(*accepted) : 0, {{"state", "accepted"}});
  page.counter("liaison_node_messages_opened_total", "Messages of others that were opened since the start.", node.inbox().opened());
  page.gauge("liaison_node_receipts_owed", "Messages of others that no delivery receipt covers yet.", node.outbox().owed().count());
  page.gauge("liaison_node_alarms_open", "Red alarms that are open.", node.alarms().open_count());
  page.add("liaison_node_roster_expiry_timestamp_seconds", "When the roster expires.", MetricType::Gauge, static_cast<double>(node.roster().expires_ms) / 1000);
  if (const auto offset = node.outbox().clock_offset_ms())
    page.add("liaison_node_clock_offset_seconds", "The broker's clock minus this machine's.", MetricType::Gauge, static_cast<double>(*offset) / 1000);
  if (const auto counts = node.visits().counts(); counts && counts->is_object()) {
    const auto findings = counts->find("findings");
    if (findings != counts->end() && findings->is_object()) {
      for (const auto& [kind, count] : findings->items()) {
        if (count.is_number()) page.add("liaison_visit_conflicts", "Findings between visits.", MetricType::Gauge, count.get<double>(), {{"kind", kind}});
      }
    }
  }
  if (connectors != nullptr) add_connectors(page, node, *connectors);
  page.counter("liaison_http_requests_total", "Requests to the local API since the start.", api_requests);
  page.add("process_cpu_seconds_total", "Processor time of this process.", MetricType::Counter, cpu_seconds());
  return page.text();
}

}  // namespace liaison
