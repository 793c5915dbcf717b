#include "server/metrics.h"

#include <google/protobuf/descriptor.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/reason.h"

namespace kv {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using Buckets = prometheus::Histogram::BucketBoundaries;

// Seconds, from a Get in memory to a slow disk.
Buckets Seconds() {
  return {0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10};
}

std::string NameOf(grpc::StatusCode code) {
  return absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
}

// Whether this server has the rpc. gRPC answers health itself, so no descriptor
// tells of it.
bool Exists(const std::string& service, const std::string& method) {
  if (service == "grpc.health.v1.Health") {
    return method == "Check" || method == "Watch";
  }
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
             absl::StrCat(service, ".", method)) != nullptr;
}

}  // namespace

// [families]
Metrics::Metrics()
    : registry_(std::make_shared<prometheus::Registry>()),
      started_(BuildCounter()
                   .Name("grpc_server_started_total")
                   .Help("Calls that began.")
                   .Register(*registry_)),
      handled_(BuildCounter()
                   .Name("grpc_server_handled_total")
                   .Help("Calls that ended, by status code.")
                   .Register(*registry_)),
      durations_(BuildHistogram()
                     .Name("grpc_server_handling_seconds")
                     .Help("How long calls took.")
                     .Register(*registry_)),
      in_flight_(BuildGauge()
                     .Name("grpc_server_in_flight")
                     .Help("Calls that have not ended.")
                     .Register(*registry_)),
      rejected_(BuildCounter()
                    .Name("kv_rejected_calls_total")
                    .Help("Calls that were rejected, by reason.")
                    .Register(*registry_)),
      commits_(BuildCounter()
                   .Name("kv_commits_total")
                   .Help("Writes to the log, by result.")
                   .Register(*registry_)),
      commit_changes_(BuildHistogram()
                          .Name("kv_commit_changes")
                          .Help("How many changes a write to the log had.")
                          .Register(*registry_)
                          .Add({}, Buckets{1, 2, 4, 8, 16, 32, 64, 1000})),
      commit_duration_(
          BuildHistogram()
              .Name("kv_commit_seconds")
              .Help("How long a write to the log took, with its fsync.")
              .Register(*registry_)
              .Add({}, Seconds())) {}
// [families]

// [of]
Metrics::Method& Metrics::Of(absl::string_view path) {
  const std::lock_guard lock(mutex_);
  const auto known = methods_.find(path);
  if (known != methods_.end()) return known->second;
  // With --reflection or --channelz, gRPC's interceptors also see calls of rpcs
  // that nobody has. All of those count as one.
  std::pair<std::string, std::string> names =
      absl::StrSplit(absl::StripPrefix(path, "/"), '/');
  if (!Exists(names.first, names.second)) names = {"unknown", "unknown"};
  const prometheus::Labels labels = {{"grpc_service", names.first},
                                     {"grpc_method", names.second}};
  prometheus::Labels ok = labels;
  ok["grpc_code"] = "OK";
  const Method method = {names.first,
                         names.second,
                         &started_.Add(labels),
                         &in_flight_.Add(labels),
                         &durations_.Add(labels, Seconds()),
                         &handled_.Add(ok)};
  return methods_
      .emplace(absl::StrCat("/", names.first, "/", names.second), method)
      .first->second;
}
// [of]

void Metrics::Ended(Method& method, const grpc::Status& status,
                    absl::Duration duration) {
  method.duration->Observe(absl::ToDoubleSeconds(duration));
  if (status.ok()) {
    method.ok->Increment();
    return;
  }
  handled_
      .Add({{"grpc_service", method.service},
            {"grpc_method", method.name},
            {"grpc_code", NameOf(status.error_code())}})
      .Increment();
  Rejected(status);
}

void Metrics::Rejected(const grpc::Status& status) {
  const std::string reason = RejectionReason(status);
  if (!reason.empty()) rejected_.Add({{"reason", reason}}).Increment();
}

void Metrics::Committed(std::size_t changes, absl::Duration duration,
                        const absl::Status& status) {
  commits_.Add({{"result", status.ok() ? "ok" : "failed"}}).Increment();
  commit_changes_.Observe(static_cast<double>(changes));
  commit_duration_.Observe(absl::ToDoubleSeconds(duration));
}

}  // namespace kv
