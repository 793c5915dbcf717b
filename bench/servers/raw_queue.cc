// The fastest server for the unary rpcs that gRPC 1.51 allows in C++, as far as
// we know: it uses completion queues and bytes instead of messages, and turns
// off every optional part of gRPC. It answers the other rpcs with
// UNIMPLEMENTED.
//
//   raw_queue --listen=127.0.0.1:0 [--queues=1]
//
// Production servers need some of these parts: without the full stack of
// filters, this server accepts messages over 4 MiB and no compressed messages.
#include <grpcpp/grpcpp.h>

#include "absl/flags/parse.h"
#include "absl/synchronization/mutex.h"
#include "common.h"
#include "encoding.h"
#include "kv/v1/kv.grpc.pb.h"
#include "queue.h"
#include "service/convert.h"

namespace {

using grpc::ByteBuffer;
using kv::v1::KeyValueService;

using Service =
    KeyValueService::WithRawMethod_Get<KeyValueService::WithRawMethod_Put<
        KeyValueService::WithRawMethod_Delete<KeyValueService::Service>>>;

// Parses a message in place if it is in a single slice, as short ones are.
template <class Message>
grpc::Status Parse(const ByteBuffer& bytes, Message& message) {
  grpc::Slice slice;
  grpc::Status status = bytes.TrySingleSlice(&slice);
  if (!status.ok()) status = bytes.DumpToSingleSlice(&slice);
  if (!status.ok()) return status;
  const int size = static_cast<int>(slice.size());
  if (message.ParseFromArray(slice.begin(), size)) return grpc::Status::OK;
  return {grpc::StatusCode::INTERNAL, "cannot parse the request"};
}

grpc::Status Get(kv::Store& store, const ByteBuffer& bytes,
                 ByteBuffer& response) {
  kv::v1::GetRequest request;
  if (grpc::Status bad = Parse(bytes, request); !bad.ok()) return bad;
  if (grpc::Status bad = kv::CheckKey(request.key()); !bad.ok()) return bad;
  const auto found = store.Get(request.key());
  if (!found.ok()) return kv::ToGrpcStatus(found.status());
  const grpc::Slice slice = bench::EncodeGetResponse(*found);
  response = ByteBuffer(&slice, 1);
  return grpc::Status::OK;
}

// Answers with a protobuf message, for rpcs whose responses are only a few
// bytes.
template <class Request, class Response, auto kAnswer>
grpc::Status Convert(kv::Store& store, const ByteBuffer& bytes,
                     ByteBuffer& response) {
  Request request;
  if (grpc::Status bad = Parse(bytes, request); !bad.ok()) return bad;
  Response message;
  grpc::Status status = kAnswer(store, request, message);
  const grpc::Slice slice(message.SerializeAsString());
  response = ByteBuffer(&slice, 1);
  return status;
}

using GetCall = bench::UnaryCall<Service, ByteBuffer, ByteBuffer,
                                 &Service::RequestGet, &Get>;
using PutCall = bench::UnaryCall<
    Service, ByteBuffer, ByteBuffer, &Service::RequestPut,
    &Convert<kv::v1::PutRequest, kv::v1::PutResponse, &bench::Put>>;
using DeleteCall = bench::UnaryCall<
    Service, ByteBuffer, ByteBuffer, &Service::RequestDelete,
    &Convert<kv::v1::DeleteRequest, kv::v1::DeleteResponse, &bench::Delete>>;

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  // Debian's Abseil checks for deadlocks whenever gRPC locks a mutex.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  const kv::StopSignal stop;
  kv::Store store;
  Service service;

  grpc::ServerBuilder builder;
  builder.AddChannelArgument(GRPC_ARG_MINIMAL_STACK, 1);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.RegisterService(&service);
  bench::ServeQueues(builder, stop, [&](bench::Queue& queue) {
    new GetCall(service, store, queue);
    new PutCall(service, store, queue);
    new DeleteCall(service, store, queue);
  });
}
