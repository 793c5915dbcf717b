// A question: something that the contract promises, and a way to ask for it.
#ifndef JUDGE_QUESTION_H_
#define JUDGE_QUESTION_H_

#include <cstddef>
#include <vector>

#include "client_talk.h"
#include "contract_talk.h"
#include "server_talk.h"

namespace judge {

constexpr int kFirstStage = 1;  ///< The first stage with questions.
constexpr int kLastStage = 9;   ///< The last one.
constexpr int kStays = 99;      ///< Question::until of one that always holds.

constexpr std::size_t kMaxKeyBytes = 512;        ///< kv.proto: the longest key.
constexpr std::size_t kMaxValueBytes = 1 << 20;  ///< The largest value.
/// A client's deadline that no question waits for.
constexpr char kLong[] = "--timeout=300s";

/// One question of a stage.
/// @tparam Talk what it is asked through: ServerTalk, ClientTalk or
///     ContractTalk.
template <class Talk>
struct Question {
  const char* name;    ///< Unique among its kind, a word for --only.
  const char* what;    ///< What holds when the answer is right.
  int from;            ///< The first stage that it is asked at.
  int until;           ///< The last one, or kStays.
  void (*ask)(Talk&);  ///< Asks it. Must not rely on earlier questions.
};

using ServerQuestion = Question<ServerTalk>;  ///< Asked to a server.
using ClientQuestion = Question<ClientTalk>;  ///< Asked to a client.
/// Asked to stage 01's program.
using ContractQuestion = Question<ContractTalk>;

/// Stage 02: how a server starts.
/// @return the questions in order; so with all functions here.
std::vector<ServerQuestion> StartQuestions();
/// Stage 02: what Get, Put and Delete do.
std::vector<ServerQuestion> StoreQuestions();
/// Stage 02: keys, values and calls that are refused.
std::vector<ServerQuestion> LimitQuestions();
/// Stage 02: many calls at once.
std::vector<ServerQuestion> AtOnceQuestions();
/// Stage 02: how a server stops, and says why it can't start.
std::vector<ServerQuestion> LifeQuestions();
/// Stage 04: List, a stream that ends by itself.
std::vector<ServerQuestion> ListQuestions();
/// Stage 04: which changes Watch gives.
std::vector<ServerQuestion> WatchQuestions();
/// Stage 04: many changes, many watchers, and how a Watch ends.
std::vector<ServerQuestion> WatcherQuestions();
/// Stage 05: Import, many requests and one answer.
std::vector<ServerQuestion> ImportQuestions();
/// Stage 05: an Import beside other calls.
std::vector<ServerQuestion> AtomicQuestions();
/// Stage 06: Pipeline, operations and their answers.
std::vector<ServerQuestion> PipelineQuestions();
/// Stage 06: the two directions of a Pipeline.
std::vector<ServerQuestion> FlowQuestions();
/// Stage 07: a server that takes TLS.
std::vector<ServerQuestion> TlsServerQuestions();
/// Stage 08: calls without the right token are refused.
std::vector<ServerQuestion> TokenQuestions();
/// Stage 08: the file with the tokens.
std::vector<ServerQuestion> TokenFileQuestions();
/// Stage 09: who may call what.
std::vector<ServerQuestion> RoleQuestions();
/// Stage 09: a certificate beside the token.
std::vector<ServerQuestion> MutualQuestions();
/// Stage 03: what a client sends, and what it makes of the answer.
std::vector<ClientQuestion> CallQuestions();
/// Stage 03: a client whose call fails.
std::vector<ClientQuestion> FailureQuestions();
/// Stage 04: a client that reads a stream.
std::vector<ClientQuestion> StreamReadQuestions();
/// Stages 05 and 06: a client that sends a stream.
std::vector<ClientQuestion> StreamWriteQuestions();
/// Stages 07 and 09: a client that knows whom it calls, and says who it is.
std::vector<ClientQuestion> CredentialQuestions();

// What is asked only by --task: what learners add beyond a stage.

/// Stage 01: additions to the program that shows bytes.
std::vector<ContractQuestion> ContractTasks();
/// Stages 02 and 04: additions to the service.
std::vector<ServerQuestion> ServiceTasks();
/// Stages 08 and 09: additions to who may call what.
std::vector<ServerQuestion> GuardTasks();
/// Stage 03: additions to a client's unary calls.
std::vector<ClientQuestion> CallTasks();
/// Stages 04 and 05: additions to a client's streams.
std::vector<ClientQuestion> StreamTasks();
/// Stage 06: additions to a client's pipeline.
std::vector<ClientQuestion> PipelineTasks();
/// Stage 07: additions to what a client's calls carry.
std::vector<ClientQuestion> MetadataTasks();

}  // namespace judge

#endif  // JUDGE_QUESTION_H_
