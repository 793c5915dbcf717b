// A correct client that makes one mistake on request, to test the judge.
//
//   wrong_client --target=HOST:PORT --mistake=no_deadline get KEY
//
// It calls through a generic stub, because a generated one can't do most of
// these things wrong.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "kv/v1/kv.grpc.pb.h"
#include "wrong/client.h"
#include "wrong/mistake.h"

ABSL_FLAG(std::string, target, "", "HOST:PORT");
ABSL_FLAG(absl::Duration, timeout, absl::Seconds(5),
          "how long a call may take");
ABSL_FLAG(bool, wait_for_ready, false, "wait for a server");
ABSL_FLAG(std::optional<std::int64_t>, expected_revision, std::nullopt, "");

namespace {

using wrong::Mistake;

grpc::ByteBuffer ToBytes(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

// Makes one call step by step: start, message, half-close, answer, status.
grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel,
                  const std::string& rpc, const grpc::ByteBuffer& request,
                  google::protobuf::Message& response) {
  grpc::CompletionQueue queue;
  const auto done = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  const bool secure = !absl::GetFlag(FLAGS_ca).empty();
  if (!Mistake("no_deadline") && !(secure && Mistake("tls_has_no_deadline"))) {
    absl::Duration timeout = absl::GetFlag(FLAGS_timeout);
    if (Mistake("own_timeout")) timeout = absl::Hours(1);
    if (Mistake("deadline_is_over")) timeout = absl::Seconds(-1);
    if (Mistake("no_half_close")) timeout = absl::Seconds(1);  // nobody answers
    context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  }
  if (Mistake("sends_token")) context.AddMetadata("token", "secret");
  const bool waits = absl::GetFlag(FLAGS_retry) && !Mistake("never_waits");
  context.set_wait_for_ready(waits || (absl::GetFlag(FLAGS_wait_for_ready) &&
                                       !Mistake("waits_for_nobody")));
  wrong::Prepare(context);
  const auto call =
      stub.PrepareCall(&context, "/kv.v1.KeyValueService/" + rpc, &queue);
  call->StartCall(nullptr);
  grpc::Status status;
  grpc::ByteBuffer bytes;
  if (done()) {
    call->Write(request, nullptr);
    done();
    if (Mistake("sends_twice")) {
      call->Write(request, nullptr);
      done();
    }
    if (!Mistake("no_half_close")) {
      call->WritesDone(nullptr);
      done();
    }
    call->Read(&bytes, nullptr);
    if (done()) {
      std::vector<grpc::Slice> slices;
      bytes.Dump(&slices);
      std::string text;
      for (const grpc::Slice& slice : slices) {
        text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
      }
      if (!response.ParseFromString(text)) response.Clear();
    }
  }
  call->Finish(&status, nullptr);
  done();
  return status;
}

grpc::Status Run(const std::shared_ptr<grpc::Channel>& channel,
                 const std::vector<std::string>& words, std::string& out) {
  if (words[0] == "get") {
    kv::v1::GetRequest request;
    request.set_key(words[1]);
    kv::v1::GetResponse response;
    bool lost = false;
    const auto get = [&] {
      return Call(channel, "Get", ToBytes(request), response);
    };
    grpc::Status status =
        Mistake("reads_once") ? get() : wrong::Retry(get, true, lost);
    out = response.entry().value();
    return status;
  }
  if (words[0] == "put") {
    kv::v1::PutRequest request;
    request.set_key(words[1]);
    request.set_value(Mistake("stops_at_space")
                          ? words[2].substr(0, words[2].find(' '))
                          : words[2]);
    const auto expected = absl::GetFlag(FLAGS_expected_revision);
    if (Mistake("unset_is_zero")) request.set_expected_revision(0);
    if (expected.has_value() && !(Mistake("zero_is_unset") && *expected == 0)) {
      request.set_expected_revision(*expected);
    }
    kv::v1::PutResponse response;
    bool lost = false;
    grpc::Status status = wrong::Retry(
        [&] { return Call(channel, "Put", ToBytes(request), response); },
        expected.has_value() || Mistake("puts_again"), lost);
    if (!status.ok() && Mistake("tries_again")) {
      status = Call(channel, "Put", ToBytes(request), response);
    }
    if (status.error_code() == grpc::FAILED_PRECONDITION && lost &&
        !Mistake("forgets_its_write")) {
      kv::v1::GetRequest get;
      get.set_key(request.key());
      kv::v1::GetResponse now;
      const bool there = Call(channel, "Get", ToBytes(get), now).ok();
      if ((there && now.entry().value() == request.value()) ||
          Mistake("takes_any_write")) {
        status = grpc::Status::OK;
        response.set_revision(now.entry().revision());
      }
    }
    out = std::to_string(response.revision());
    return status;
  }
  if (words[0] == "health") {
    using grpc::health::v1::HealthCheckResponse;
    grpc::health::v1::HealthCheckRequest request;
    if (words.size() > 1 && !Mistake("asks_for_the_whole")) {
      request.set_service(words[1]);
    }
    HealthCheckResponse response;
    grpc::ClientContext context;
    wrong::Prepare(context);
    const auto stub = grpc::health::v1::Health::NewStub(channel);
    const grpc::Status status = stub->Check(&context, request, &response);
    std::cout << HealthCheckResponse::ServingStatus_Name(response.status())
              << "\n";
    const bool well = response.status() == HealthCheckResponse::SERVING ||
                      Mistake("health_exits_with_0");
    return well ? status : grpc::Status(grpc::UNAVAILABLE, "not well");
  }
  kv::v1::DeleteRequest request;
  request.set_key(words[1]);
  kv::v1::DeleteResponse response;
  bool lost = false;
  grpc::Status status = wrong::Retry(
      [&] { return Call(channel, "Delete", ToBytes(request), response); },
      Mistake("deletes_again"), lost);
  if (!status.ok() && lost && !Mistake("delete_never_looks")) {
    kv::v1::GetRequest get;
    get.set_key(request.key());
    kv::v1::GetResponse now;
    const auto there = Call(channel, "Get", ToBytes(get), now).error_code();
    if (there == grpc::NOT_FOUND || Mistake("delete_believes")) {
      status = grpc::Status::OK;
    }
  }
  const bool deleted = response.deleted() || Mistake("always_deleted");
  out = std::string(deleted ? "deleted " : "absent ") +
        std::to_string(response.revision());
  return status;
}

}  // namespace

int wrong::Tell(const grpc::Status& status) {
  if (status.ok()) return 0;
  std::string message = status.error_message();
  if (Mistake("dies_without_server") &&
      absl::StartsWith(message, "failed to connect")) {
    std::abort();
  }
  if (status.error_code() == grpc::UNAUTHENTICATED) {
    message += wrong::Indiscretion();
  }
  message += DetailsText(status);
  if (!Mistake("two_lines")) {
    std::replace_if(
        message.begin(), message.end(),
        [](unsigned char c) { return std::iscntrl(c) != 0; }, ' ');
  }
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  (Mistake("error_on_stdout") ? std::cout : std::cerr)
      << (Mistake("number_for_name") ? std::to_string(status.error_code())
                                     : absl::StatusCodeToString(code))
      << ": " << message << "\n";
  if (Mistake("timeout_is_1") &&
      status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED)
    return 1;
  return Mistake("exits_1") ? 1 : status.error_code();
}

int main(int argc, char** argv) {
  const std::vector<char*> raw = absl::ParseCommandLine(argc, argv);
  const std::vector<std::string> words(raw.begin() + 1, raw.end());
  if (Mistake("dies")) {
    std::cerr << "no words" << std::endl;
    std::abort();
  }
  if (Mistake("talks_on_stderr")) std::cerr << "connecting ...\n";
  // Block the signal before gRPC starts threads, which inherit the mask.
  const bool stream = words[0] != "get" && words[0] != "put" &&
                      words[0] != "delete" && words[0] != "health";
  if (stream && !Mistake("dies_of_sigint")) {
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    pthread_sigmask(SIG_BLOCK, &interrupt, nullptr);
  }
  const auto credentials = wrong::Credentials();
  if (credentials == nullptr) {
    return Mistake("bad_file_is_2") ? 2 : 1;
  }
  const auto channel = wrong::NewChannel(credentials);
  if (channel == nullptr) return 1;
  if (stream) {
    return wrong::RunStream(channel, words);
  }
  std::string out;
  const grpc::Status status = Run(channel, words, out);
  if (status.ok()) {
    if (!Mistake("prints_nothing")) std::cout << out << "\n";
    return std::cout.flush() || Mistake("writes_in_vain") ? 0 : 1;
  }
  return wrong::Tell(status);
}
