// How many entries a second can be uploaded by one Put after another, by Import
// and by Pipeline, all on one channel: faster ADDRESS
//
// The three take turns, so that other load on the machine affects all of them,
// and the median of the turns counts.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "kv/v1/kv.grpc.pb.h"

namespace {

using kv::v1::KeyValueService;

constexpr int kTurns = 9;
constexpr int kPuts = 300;
constexpr int kStreamed = 10'000;
const std::string kValue(16, 'x');  // NOLINT(cert-err58-cpp)

std::string Key(int i) { return "key/" + std::to_string(i); }

// Calls that failed must not be measured.
void Require(bool well, const std::string& what) {
  if (well) return;
  std::cerr << what << " failed\n";
  std::exit(1);
}

void Puts(KeyValueService::Stub& stub) {
  kv::v1::PutRequest request;
  request.set_value(kValue);
  for (int i = 0; i < kPuts; ++i) {
    request.set_key(Key(i));
    grpc::ClientContext context;
    kv::v1::PutResponse response;
    Require(stub.Put(&context, request, &response).ok(), "Put");
  }
}

void Import(KeyValueService::Stub& stub) {
  grpc::ClientContext context;
  kv::v1::ImportResponse response;
  const auto writer = stub.Import(&context, &response);
  kv::v1::ImportRequest request;
  request.set_value(kValue);
  for (int i = 0; i < kStreamed; ++i) {
    request.set_key(Key(i));
    Require(writer->Write(request), "Write");
  }
  Require(writer->WritesDone() && writer->Finish().ok() &&
              response.imported_count() == kStreamed,
          "Import");
}

void Pipeline(KeyValueService::Stub& stub) {
  grpc::ClientContext context;
  const auto stream = stub.Pipeline(&context);
  std::thread writing([&] {
    kv::v1::PipelineRequest request;
    for (int i = 0; i < kStreamed; ++i) {
      request.set_id(i);
      request.mutable_put_request()->set_key(Key(i));
      request.mutable_put_request()->set_value(kValue);
      Require(stream->Write(request), "Write");
    }
    Require(stream->WritesDone(), "WritesDone");
  });
  int answers = 0;
  kv::v1::PipelineResponse answer;
  while (stream->Read(&answer)) {
    Require(answer.code() == 0, "an operation");
    ++answers;
  }
  writing.join();
  Require(stream->Finish().ok() && answers == kStreamed, "Pipeline");
}

double PerSecond(int entries, const std::function<void()>& call) {
  const auto begin = std::chrono::steady_clock::now();
  call();
  const std::chrono::duration<double> took =
      std::chrono::steady_clock::now() - begin;
  return entries / took.count();
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  Require(argc == 2, "faster ADDRESS");
  const auto stub = KeyValueService::NewStub(
      grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));
  std::vector<double> puts;
  std::vector<double> import_ratio;
  std::vector<double> pipeline_ratio;
  puts.reserve(kTurns);
  import_ratio.reserve(kTurns);
  pipeline_ratio.reserve(kTurns);
  for (int turn = 0; turn < kTurns; ++turn) {
    puts.push_back(PerSecond(kPuts, [&] { Puts(*stub); }));
    import_ratio.push_back(PerSecond(kStreamed, [&] { Import(*stub); }) /
                           puts.back());
    pipeline_ratio.push_back(PerSecond(kStreamed, [&] { Pipeline(*stub); }) /
                             puts.back());
  }
  std::cout << "Put " << static_cast<int>(Median(puts)) << " a second\n"
            << "Import " << static_cast<int>(Median(import_ratio))
            << " times as many\n"
            << "Pipeline " << static_cast<int>(Median(pipeline_ratio))
            << " times as many\n";
  const bool enough = Median(import_ratio) >= 8 && Median(pipeline_ratio) >= 4;
  return enough ? 0 : 1;
}
