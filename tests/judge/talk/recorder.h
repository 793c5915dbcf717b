// A server that knows no contract. It accepts every method of every kind,
// records the bytes that arrive, and sends the answers that the judge sets.
//
//   judge::Recorder recorder(grpc::InsecureServerCredentials());
//   recorder.AnswerWith({grpc::Status::OK, {response.SerializeAsString()}});
//   ...                                  // a client calls recorder.address()
//   for (const judge::Received& call : recorder.Take()) ...
#ifndef JUDGE_TALK_RECORDER_H_
#define JUDGE_TALK_RECORDER_H_

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"

namespace judge {

/// One call as it arrived.
struct Received {
  std::string method;  ///< For example /kv.v1.KeyValueService/Get.
  absl::Time at;       ///< When it began.
  absl::Duration time_left = absl::InfiniteDuration();  ///< To its deadline.
  std::multimap<std::string, std::string> metadata;     ///< The client's.
  std::string peer;  ///< The name in the client's certificate, if it has one.
  std::vector<std::string> messages;  ///< Each one's bytes.
  bool half_closed = false;           ///< Whether the client half-closed.
  bool cancelled = false;  ///< Whether the call ended before its answer did.
};

/// The answer to a call.
struct Answer {
  grpc::Status status;                ///< How it ends.
  std::vector<std::string> messages;  ///< Sent before the status.
  std::multimap<std::string, std::string> metadata = {};  ///< Initial metadata.
  /// Whether the answer begins after the first request, and the server reads no
  /// further one. Otherwise it begins once the client has half-closed.
  bool early = false;
  bool never = false;  ///< Whether it stops before the status, until Release().
  /// Turns each request into one more message. The server reads the next
  /// request only after gRPC has accepted that message.
  std::function<std::string(const std::string&)> each = nullptr;
};

/// A server on its own port. Thread-safe.
class Recorder final : public grpc::CallbackGenericService {
 public:
  /// Starts the server. It shares the port of `address` if somebody has it.
  explicit Recorder(const std::shared_ptr<grpc::ServerCredentials>& credentials,
                    const std::string& address = "127.0.0.1:0");
  /// Ends the calls that are still open, then stops the server.
  ~Recorder() override;

  /// HOST:PORT, or empty if the server could not listen on any port.
  const std::string& address() const { return address_; }

  /// Sets the answer to all calls from now on, whatever their method.
  void AnswerWith(const Answer& answer) { AnswerInTurn({answer}); }
  /// Sets the answers to the next calls, one each. There must be at least one
  /// answer; the last one also answers all further calls.
  void AnswerInTurn(const std::vector<Answer>& answers);

  /// Sets the answer to /grpc.health.v1.Health/Watch, which is UNIMPLEMENTED
  /// otherwise. A channel makes this call by itself, so it is not recorded.
  void AnswerHealth(const Answer& answer);

  /// Ends the calls whose answer stopped before the status.
  void Release();

  /// Waits until a call is open.
  void WaitForCall(absl::Duration patience);

  /// Waits until no call is open, and returns those that arrived since the last
  /// Take(), in order.
  std::vector<Received> Take(absl::Duration patience);

  /// gRPC calls this once per call.
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;

 private:
  class Call;

  std::mutex mutex_;  // guards the members from here to calls_
  std::condition_variable idle_;
  std::condition_variable called_;
  std::deque<Answer> answers_ = {Answer()};  // never empty
  Answer health_ = {{grpc::StatusCode::UNIMPLEMENTED, "no health here"}, {}};
  std::set<Call*> open_;
  std::vector<std::shared_ptr<Received>> calls_;
  std::string address_;
  std::unique_ptr<grpc::Server> server_;  // destroyed before what it uses
};

}  // namespace judge

#endif  // JUDGE_TALK_RECORDER_H_
