// The code that all servers of this folder share, so that they differ only in
// how they use gRPC: the rpcs, with the stages' own store, and the start.
//
//   const kv::StopSignal stop;  // must come before all threads
//   grpc::ServerBuilder builder;
//   builder.RegisterService(&service);
//   const bench::Started started = bench::Start(builder);
//   bench::ServeUntil(stop, started);
#ifndef BENCH_SERVERS_COMMON_H_
#define BENCH_SERVERS_COMMON_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/stop_signal.h"
#include "kv/v1/kv.pb.h"
#include "store/store.h"

namespace bench {

// The unary rpcs as kv.proto defines them. Thread-safe, because the store is.
grpc::Status Get(kv::Store& store, const kv::v1::GetRequest& request,
                 kv::v1::GetResponse& response);
grpc::Status Put(kv::Store& store, const kv::v1::PutRequest& request,
                 kv::v1::PutResponse& response);
grpc::Status Delete(kv::Store& store, const kv::v1::DeleteRequest& request,
                    kv::v1::DeleteResponse& response);

// One operation of a Pipeline.
kv::v1::PipelineResponse Answer(kv::Store& store,
                                const kv::v1::PipelineRequest& request);

// The entries that a List sends: one snapshot, sent one entry at a time.
using Entries = std::vector<std::shared_ptr<const kv::Entry>>;
grpc::Status List(kv::Store& store, const kv::v1::ListRequest& request,
                  Entries& entries);
kv::v1::ListResponse ToResponse(const kv::Entry& entry);

// The entries that an Import has received so far. Only Write() stores them. It
// does not limit the size of an import.
class Imported final {
 public:
  // Moves the entry out of the request. Returns OK, or why the server rejects
  // the whole import.
  grpc::Status Add(kv::v1::ImportRequest& request);
  void Write(kv::Store& store, kv::v1::ImportResponse& response);

 private:
  std::map<std::string, std::string> entries_;
  std::int64_t count_ = 0;
};

struct Started {
  std::unique_ptr<grpc::Server> server;  // never null
  std::string address;                   // HOST:PORT
};

// Ends a unary call of the callback API.
grpc::ServerUnaryReactor* Finished(grpc::CallbackServerContext& context,
                                   const grpc::Status& status);

// Listens on --listen. Exits if that fails.
Started Start(grpc::ServerBuilder& builder,
              const std::shared_ptr<grpc::ServerCredentials>& credentials =
                  grpc::InsecureServerCredentials());

// Prints READY, waits for the signal and ends the calls.
void ServeUntil(const kv::StopSignal& stop, const Started& started);

}  // namespace bench

#endif  // BENCH_SERVERS_COMMON_H_
