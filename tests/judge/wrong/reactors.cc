#include "wrong/reactors.h"

#include <mutex>
#include <optional>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "wrong/details.h"
#include "wrong/mistake.h"
#include "wrong/operations.h"

ABSL_DECLARE_FLAG(int, stage);
ABSL_DECLARE_FLAG(int, max_calls);
ABSL_FLAG(int, max_watches, 10000, "concurrent watches");

namespace wrong {

using grpc::ServerContext;
using grpc::Status;
using grpc::StatusCode;
using kv::v1::WatchResponse;

// One watch. The store's lock guards its members.
class Reactors::Watching final
    : public grpc::ServerWriteReactor<WatchResponse> {
 public:
  Watching(Reactors& all, grpc::CallbackServerContext& context,
           const kv::v1::WatchRequest& request, const Status& fresh)
      : all_(all), prefix_(request.prefix()), place_(&context, true) {
    const std::lock_guard lock(all_.store_.mutex);
    if (Mistake("watches_count_as_calls")) ++all_.calls_;
    const int most = absl::GetFlag(FLAGS_max_watches);
    if ((++all_.active_ > most && !Mistake("ignores_max_watches")) ||
        place_.too_many()) {
      over_ = true;
      Finish(Busy("watches"));
      return;
    }
    if (!fresh.ok()) {
      over_ = true;
      Finish(fresh);
      return;
    }
    const auto known = context.client_metadata().find("kv-store");
    if (known != context.client_metadata().end() &&
        known->second != all_.Name() && !Mistake("takes_any_store")) {
      over_ = true;
      Finish({StatusCode::FAILED_PRECONDITION, "another store"});
      return;
    }
    after_ = request.has_after_revision() ? request.after_revision()
                                          : all_.store_.revision;
    if (after_ < all_.store_.forgotten()) {
      over_ = true;
      Finish({StatusCode::OUT_OF_RANGE, "too old"});
      return;
    }
    context.AddInitialMetadata("kv-revision", absl::StrCat(after_));
    context.AddInitialMetadata("kv-store", all_.Name());
    StartSendInitialMetadata();
    all_.watching_.insert(this);
    MoveOn();  // there may be changes already
    if (Mistake("watch_has_a_thread"))
      thread_ = std::thread([this] {
        std::unique_lock lock(all_.store_.mutex);
        all_.store_.changed.wait(lock, [this] { return over_; });
      });
  }

  // Writes the next change, or ends. Needs the lock. Returns whether it writes.
  bool MoveOn() {
    if (writing_ || over_) return false;
    if (cancelled_ || all_.store_.stopping) {
      over_ = true;
      all_.store_.changed.notify_all();
      Finish(cancelled_ ? Status::CANCELLED
                        : Status(StatusCode::UNAVAILABLE, "stops"));
      return false;
    }
    std::optional<WatchResponse> change;
    do {
      change = all_.store_.After(after_);
      if (!change) return false;
      after_ = change->entry().revision();
    } while (!Store::Under(change->entry().key(), prefix_));
    response_ = *change;
    writing_ = true;
    StartWrite(&response_);
    return true;
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(all_.store_.mutex);
    writing_ = false;
    cancelled_ = cancelled_ || !ok;
    MoveOn();
  }

  void OnCancel() override {
    const std::lock_guard lock(all_.store_.mutex);
    cancelled_ = true;
    MoveOn();
  }

  void OnDone() override {
    {
      const std::lock_guard lock(all_.store_.mutex);
      all_.watching_.erase(this);
      if (!Mistake("keeps_watch_places")) --all_.active_;
    }
    if (thread_.joinable()) thread_.join();
    delete this;
  }

 private:
  Reactors& all_;
  const std::string prefix_;
  const Operations::Place place_;
  std::int64_t after_ = 0;
  WatchResponse response_;
  bool writing_ = false;
  bool cancelled_ = false;
  bool over_ = false;
  std::thread thread_;
};

Reactors::Reactors() : moves_([this] { MoveOn(); }) {}

Reactors::~Reactors() { moves_.join(); }

bool Reactors::Wanted() { return absl::GetFlag(FLAGS_stage) >= 11; }

int Reactors::Threads() {
  constexpr int kRejections = 100;  // each needs a thread for a moment
  return absl::GetFlag(FLAGS_max_calls) + kRejections;
}

std::string Reactors::Trouble() {
  return absl::GetFlag(FLAGS_max_watches) < 1 && !Mistake("allows_no_watch")
             ? "--max_watches must be at least 1"
             : "";
}

void Reactors::MoveOn() {
  std::unique_lock lock(store_.mutex);
  std::int64_t seen = 0;
  while (!store_.stopping) {
    store_.changed.wait(
        lock, [&] { return store_.stopping || store_.revision > seen; });
    seen = store_.revision;
    for (Watching* const watch : watching_) {
      if (watch->MoveOn() && Mistake("wakes_one_watch")) break;
    }
  }
}

// Makes the store as new as etcd's log, unless the server makes this mistake.
Status Reactors::Fresh(const char* mistake) {
  const bool needed = shared_log_ != nullptr && !Mistake(mistake);
  return needed ? shared_log_->CatchUp() : Status::OK;
}

template <class Handler>
Status Reactors::Counted(const Handler& handler, int spare) {
  const int most = absl::GetFlag(FLAGS_max_calls) - spare;
  const bool free = ++calls_ + Guard::lost() <= most;
  Status status = free ? handler() : Busy("calls");
  --calls_;
  return status;
}

// Leaves a quarter of the places to unary calls, unless it takes all.
template <class Handler>
Status Reactors::CountedStream(bool takes_all, const Handler& handler) {
  const int spare = absl::GetFlag(FLAGS_max_calls) / 4;
  return Counted(handler, takes_all ? 0 : spare);
}

Status Reactors::Get(ServerContext* context, const kv::v1::GetRequest* request,
                     kv::v1::GetResponse* response) {
  const Operations::Place place(context, false);
  if (place.too_many()) return Busy("calls");
  const auto get = [&] {
    const Status fresh = Fresh("gets_from_memory");
    return fresh.ok() ? Service::Get(context, request, response) : fresh;
  };
  // A Pipeline counts, but not each of its operations.
  const bool counts = context != nullptr && !Mistake("counts_streams_alone");
  return counts ? Counted(get) : get();
}

Status Reactors::Put(ServerContext* context, const kv::v1::PutRequest* request,
                     kv::v1::PutResponse* response) {
  const auto put = [&] {
    return Together([&] { return Service::Put(context, request, response); },
                    Mistake("puts_from_memory"));
  };
  const bool full = calls_ >= absl::GetFlag(FLAGS_max_calls);
  if (full && Mistake("changes_then_rejects")) put();
  Status status = context != nullptr ? Counted(put) : put();
  if (shared_log_ == nullptr) return status;
  if (Mistake("counts_alone")) response->set_revision(++own_writes_);
  if (status.error_code() != StatusCode::UNAVAILABLE) return status;
  const auto late = [this, copy = *request] {
    kv::v1::PutResponse ignored;
    return Service::Put(nullptr, &copy, &ignored);
  };
  if (Mistake("writes_twice")) {
    shared_log_->Later(late);
    shared_log_->Later(late);
  }
  if (Mistake("promises_too_much")) {
    shared_log_->Later(late);
    return NotDone(status);
  }
  return status;
}

Status Reactors::Delete(ServerContext* context,
                        const kv::v1::DeleteRequest* request,
                        kv::v1::DeleteResponse* response) {
  const auto erase = [&] {
    return Together([&] { return Service::Delete(context, request, response); },
                    Mistake("deletes_from_memory"));
  };
  return context != nullptr ? Counted(erase) : erase();
}

Status Reactors::List(ServerContext* context,
                      const kv::v1::ListRequest* request,
                      grpc::ServerWriter<kv::v1::ListResponse>* writer) {
  return CountedStream(Mistake("lists_take_all_places"), [&] {
    const Status fresh = Fresh("lists_from_memory");
    return fresh.ok() ? Service::List(context, request, writer) : fresh;
  });
}

Status Reactors::Import(ServerContext* context,
                        grpc::ServerReader<kv::v1::ImportRequest>* reader,
                        kv::v1::ImportResponse* response) {
  return CountedStream(Mistake("imports_take_all_places"), [&] {
    return Service::Import(context, reader, response);
  });
}

Status Reactors::Pipeline(
    ServerContext* context,
    grpc::ServerReaderWriter<kv::v1::PipelineResponse, kv::v1::PipelineRequest>*
        stream) {
  const Operations::Place place(context, false);
  if (Mistake("pipelines_are_free")) return Service::Pipeline(context, stream);
  Status status = CountedStream(Mistake("pipelines_take_all_places"), [&] {
    return Service::Pipeline(context, stream);
  });
  if (Mistake("keeps_call_places")) ++calls_;
  return status;
}

grpc::ServerWriteReactor<WatchResponse>* Reactors::Watch(
    grpc::CallbackServerContext* context, const kv::v1::WatchRequest* request) {
  const Status fresh =
      shared_log_ == nullptr ? Status::OK : shared_log_->CatchUp();
  return new Watching(*this, *context, *request, fresh);
}

}  // namespace wrong
