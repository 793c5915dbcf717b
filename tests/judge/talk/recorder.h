// A server that knows no contract: it takes every method of every kind, keeps
// what arrives as it came, and answers what it was told to.
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
  absl::Duration time_left = absl::InfiniteDuration();  ///< To its deadline.
  std::multimap<std::string, std::string> metadata;     ///< The client's.
  std::string peer;  ///< The name in the client's certificate, if it has one.
  std::vector<std::string> messages;  ///< Each one's bytes.
  bool half_closed = false;  ///< Whether the client said that no more come.
  bool cancelled = false;    ///< Whether the call ended before its answer did.
};

/// What every call is answered with.
struct Answer {
  grpc::Status status;                ///< How it ends.
  std::vector<std::string> messages;  ///< What is sent before that.
  std::multimap<std::string, std::string> metadata = {};  ///< Before all.
  /// Whether it begins with the first message, and nothing more is read;
  /// otherwise it begins once the client half-closed.
  bool early = false;
  bool never = false;  ///< Whether it stops before the status, until Release().
  /// Makes one more message of each request, and the next request is read only
  /// once gRPC took it.
  std::function<std::string(const std::string&)> each = nullptr;
};

/// A server on a port of its own. Thread-safe.
class Recorder final : public grpc::CallbackGenericService {
 public:
  /// Starts it.
  explicit Recorder(
      const std::shared_ptr<grpc::ServerCredentials>& credentials);
  /// Ends calls that still run, then the server.
  ~Recorder() override;

  /// HOST:PORT; empty when no port could be had.
  const std::string& address() const { return address_; }

  /// Says how calls of every method are answered from now on.
  void AnswerWith(const Answer& answer) { AnswerInTurn({answer}); }
  /// Says how the next calls are answered, one after the other: at least one
  /// answer, of which the last is for all further calls, too.
  void AnswerInTurn(const std::vector<Answer>& answers);

  /// Ends the calls that stopped before their status.
  void Release();

  /// Waits until no call runs, and gives those that arrived since the last
  /// time, in order.
  std::vector<Received> Take(absl::Duration patience);

  /// For gRPC: one reactor a call.
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;

 private:
  class Call;

  std::mutex mutex_;  // guards what follows, up to the address
  std::condition_variable idle_;
  std::deque<Answer> answers_ = {Answer()};  // never empty
  std::set<Call*> open_;
  std::vector<std::shared_ptr<Received>> calls_;
  std::string address_;
  std::unique_ptr<grpc::Server> server_;  // last: ends before what it uses
};

}  // namespace judge

#endif  // JUDGE_TALK_RECORDER_H_
