// The streams of the callback server. Each one is a reactor, which gRPC calls
// for each event.
#ifndef BENCH_SERVERS_REACTORS_H_
#define BENCH_SERVERS_REACTORS_H_

#include <grpcpp/grpcpp.h>

#include <cstddef>

#include "common.h"

namespace bench {

// gRPC makes the calls to this reactor one after another, so it needs no lock,
// and calls OnDone() last.
class Lister final : public grpc::ServerWriteReactor<kv::v1::ListResponse> {
 public:
  Lister(kv::Store& store, const kv::v1::ListRequest& request) {
    const grpc::Status status = List(store, request, entries_);
    if (status.ok()) {
      Next();
    } else {
      Finish(status);
    }
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      Next();
    } else {
      Finish(grpc::Status::CANCELLED);
    }
  }

  void OnDone() override { delete this; }

 private:
  void Next() {
    if (next_ == entries_.size()) {
      Finish(grpc::Status::OK);
      return;
    }
    response_ = ToResponse(*entries_[next_++]);
    StartWrite(&response_);
  }

  Entries entries_;
  std::size_t next_ = 0;
  kv::v1::ListResponse response_;  // must live until OnWriteDone()
};

class Importer final : public grpc::ServerReadReactor<kv::v1::ImportRequest> {
 public:
  Importer(kv::Store& store, const grpc::CallbackServerContext& context,
           kv::v1::ImportResponse& response)
      : store_(store), context_(context), response_(response) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (ok) {
      const grpc::Status bad = imported_.Add(request_);
      if (bad.ok()) {
        StartRead(&request_);
      } else {
        Finish(bad);
      }
    } else if (context_.IsCancelled()) {
      Finish(grpc::Status::CANCELLED);
    } else {
      imported_.Write(store_, response_);
      Finish(grpc::Status::OK);
    }
  }

  void OnDone() override { delete this; }

 private:
  kv::Store& store_;
  const grpc::CallbackServerContext& context_;
  kv::v1::ImportResponse& response_;
  kv::v1::ImportRequest request_;
  Imported imported_;
};

// Reads a request and sends its answer before it reads the next one.
class Piper final : public grpc::ServerBidiReactor<kv::v1::PipelineRequest,
                                                   kv::v1::PipelineResponse> {
 public:
  explicit Piper(kv::Store& store) : store_(store) { StartRead(&request_); }

  void OnReadDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::OK);
      return;
    }
    answer_ = Answer(store_, request_);
    StartWrite(&answer_);
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      StartRead(&request_);
    } else {
      Finish(grpc::Status::CANCELLED);
    }
  }

  void OnDone() override { delete this; }

 private:
  kv::Store& store_;
  kv::v1::PipelineRequest request_;
  kv::v1::PipelineResponse answer_;
};

}  // namespace bench

#endif  // BENCH_SERVERS_REACTORS_H_
