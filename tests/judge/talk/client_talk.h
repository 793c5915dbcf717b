// Runs the client under test against a server in the judge, which answers as
// the question asks and records what arrives.
#ifndef JUDGE_TALK_CLIENT_TALK_H_
#define JUDGE_TALK_CLIENT_TALK_H_

#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <vector>

#include "ask/conversation.h"
#include "ask/flags.h"
#include "ask/text.h"
#include "talk/outcome.h"
#include "talk/process.h"
#include "talk/recorder.h"
#include "talk/scratch.h"

namespace judge {

/// One client program. Use it only from the main thread.
class ClientTalk final : public Conversation {
 public:
  /// Takes the words that start the client, without its flags and arguments.
  explicit ClientTalk(std::vector<std::string> command)
      : Conversation("client", std::move(command)) {}

  /// Must be called before each question.
  void Begin(const std::string& name, int stage);
  /// Uses a server with TLS for this question, instead of an insecure one.
  void Serve(const std::shared_ptr<grpc::ServerCredentials>& credentials);

  /// Starts another server for this question, without TLS. From now on,
  /// --target names first the server of Serve(), then this one.
  Recorder& ServeAnother();

  /// Answers the next calls with OK and a message.
  void AnswerWith(const google::protobuf::Message& message);
  /// Answers the next calls with an error.
  void AnswerWith(const grpc::Status& status);
  /// Leaves the next calls without an answer.
  void NeverAnswer();
  /// Answers the next calls with any Answer.
  void AnswerWith(const Answer& answer) { recorder_->AnswerWith(answer); }
  /// See Recorder::AnswerInTurn().
  void AnswerInTurn(const std::vector<Answer>& answers) {
    recorder_->AnswerInTurn(answers);
  }
  /// See Recorder::AnswerHealth().
  void AnswerHealth(const Answer& answer) { recorder_->AnswerHealth(answer); }
  /// Ends the calls whose answer stopped before the status.
  void Release() { recorder_->Release(); }

  /// See Scratch::Path().
  std::string Path(const std::string& name) { return scratch_.Path(name); }
  /// See Scratch::File().
  std::string File(const std::string& name, const std::string& text) {
    return scratch_.File(name, text);
  }

  /// Runs the client until it exits. `words` are its flags and arguments after
  /// --target; `input` is a file for its standard input. From stage 15 on,
  /// questions of earlier stages that don't mention --retry switch it off.
  Outcome Run(const std::vector<std::string>& words,
              const std::string& input = "/dev/null");
  /// Like Run(), but the client can't write to its standard output, /dev/full.
  Outcome RunIntoFull(const std::vector<std::string>& words);
  /// Like Run(), but no server listens at the target.
  Outcome RunAgainstNobody(const std::vector<std::string>& words);
  /// Like Run(), but --target first names an address where no server listens.
  Outcome RunPastNobody(const std::vector<std::string>& words);
  /// Like Run(), but the server starts, without TLS and with this answer, when
  /// the client has tried to connect.
  Outcome RunBeforeServer(const std::vector<std::string>& words,
                          const Answer& answer);

  /// Like Run(), without waiting for the exit. Returns nullptr, and ends the
  /// conversation, when the client can't be started.
  std::unique_ptr<Process> Launch(const std::vector<std::string>& words,
                                  const std::string& input = "/dev/null");
  /// Waits until a launched client exits.
  Outcome Wait(Process& process);

  /// Waits until no call is open, and returns those that arrived since the last
  /// time.
  std::vector<Received> TakeCalls() { return recorder_->Take(Patience()); }
  /// Expects one call of an rpc, or of a whole path such as
  /// /grpc.health.v1.Health/Check, with this number of messages, then a
  /// half-close. Returns an empty result when the expectation fails.
  Received OneCall(const std::string& rpc, std::size_t messages = 1);
  /// Expects calls of these rpcs in this order, each with a half-close. Returns
  /// an empty result when the expectation fails.
  std::vector<Received> Calls(const std::vector<std::string>& rpcs);
  /// Expects no complete call: no call at all, or one that the client cancelled
  /// before its half-close.
  void NoWholeCall();

  /// Expects an exit status of 0, nothing on stderr, and a text in stdout.
  void Succeeded(const Outcome& outcome, const std::string& text);
  /// Expects a status code as exit status, and one line on stderr that starts
  /// with `NAME: ` and the message.
  void Failed(const Outcome& outcome, grpc::StatusCode code,
              const std::string& message = "");
  /// Like Failed(), for a client that has printed these texts, in this order.
  void FailedAfter(const Outcome& outcome, grpc::StatusCode code,
                   const std::string& message,
                   const std::vector<std::string>& texts);
  /// Like FailedAfter(), for a client that may have said more on stderr before,
  /// such as that it tries again.
  void FailedAtLast(Outcome outcome, grpc::StatusCode code,
                    const std::string& message,
                    const std::vector<std::string>& texts);
  /// Expects texts in stdout, in this order.
  void Printed(const Outcome& outcome, const std::vector<std::string>& texts);
  /// See ExpectComplaint().
  void Complained(const Outcome& outcome, const std::string& word);

 private:
  std::unique_ptr<Process> LaunchAt(const std::string& target,
                                    std::vector<std::string> words,
                                    const std::string& input);
  // What a report says when the last client has made no call.
  Evidence WhyNoCall();

  // Each question has its own recorder: a cancelled call may arrive after its
  // client's exit, and must not be counted for the next question.
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<Recorder> other_;  // null unless the question has two
  std::string target_;
  bool tls_ = false;                // whether the recorder wants TLS
  std::vector<std::string> words_;  // of the last client
  std::string input_;
  Outcome outcome_;
  Scratch scratch_{*this};
  bool output_full_ = false;  // whether the next client's output is /dev/full
};

/// Expects that message `number` of a call (the first is 0) equals `expected`.
template <class Request>
void Carried(ClientTalk& talk, const Received& call, std::size_t number,
             const Request& expected) {
  if (!talk.going()) return;
  Request request;
  const bool parsed = call.messages.size() > number &&
                      request.ParseFromString(call.messages[number]);
  talk.Expect(parsed && Same(request, expected), Describe(expected),
              parsed ? Describe(request) : "bytes that are no such message");
}

/// Expects that the call's deadline is kLong.
void HasLongDeadline(ClientTalk& talk, const Received& call);

/// Expects only gRPC's own metadata, and optionally a key.
void NoMetadataBut(ClientTalk& talk, const Received& call,
                   const std::string& key = "");

}  // namespace judge

#endif  // JUDGE_TALK_CLIENT_TALK_H_
