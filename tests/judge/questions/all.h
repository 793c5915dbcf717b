// All questions, in the order in which a program is asked them.
#ifndef JUDGE_QUESTIONS_ALL_H_
#define JUDGE_QUESTIONS_ALL_H_

#include <vector>

#include "ask/question.h"

namespace judge {

/// What a server is asked.
std::vector<ServerQuestion> ServerQuestions();
/// What a client is asked.
std::vector<ClientQuestion> ClientQuestions();

// Asked by --task alone: what learners add to a stage.

std::vector<ContractQuestion> ContractTasks();  ///< To stage 01's program.
std::vector<ServerQuestion> ServerTasks();      ///< To a server.
std::vector<ClientQuestion> ClientTasks();      ///< To a client.

// The parts of them, each in a file of its own.

std::vector<ServerQuestion> StartQuestions();
std::vector<ServerQuestion> StoreQuestions();
std::vector<ServerQuestion> LimitQuestions();
std::vector<ServerQuestion> AtOnceQuestions();
std::vector<ServerQuestion> LifeQuestions();
std::vector<ServerQuestion> BoundQuestions();
std::vector<ServerQuestion> ListQuestions();
std::vector<ServerQuestion> ListMomentQuestions();
std::vector<ServerQuestion> WatchQuestions();
std::vector<ServerQuestion> WatchResumeQuestions();
std::vector<ServerQuestion> WatcherQuestions();
std::vector<ServerQuestion> WatchEndQuestions();
std::vector<ServerQuestion> ImportQuestions();
std::vector<ServerQuestion> AtomicQuestions();
std::vector<ServerQuestion> PipelineQuestions();
std::vector<ServerQuestion> FlowQuestions();
std::vector<ServerQuestion> TlsQuestions();
std::vector<ServerQuestion> TokenQuestions();
std::vector<ServerQuestion> TokenFileQuestions();
std::vector<ServerQuestion> LogQuestions();
std::vector<ServerQuestion> RoleQuestions();
std::vector<ServerQuestion> MutualQuestions();
std::vector<ServerQuestion> DetailQuestions();
std::vector<ServerQuestion> CrowdQuestions();
std::vector<ServerQuestion> PlaceQuestions();
std::vector<ServerQuestion> DataQuestions();
std::vector<ServerQuestion> OperationsQuestions();
std::vector<ServerQuestion> ClusterQuestions();

std::vector<ClientQuestion> CallQuestions();
std::vector<ClientQuestion> FailureQuestions();
std::vector<ClientQuestion> StreamClientQuestions();
std::vector<ClientQuestion> ImportClientQuestions();
std::vector<ClientQuestion> PipelineClientQuestions();
std::vector<ClientQuestion> CredentialQuestions();
std::vector<ClientQuestion> CertificateQuestions();
std::vector<ClientQuestion> RetryQuestions();
std::vector<ClientQuestion> ResumeQuestions();
std::vector<ClientQuestion> HealthQuestions();
std::vector<ClientQuestion> RepeatQuestions();
std::vector<ClientQuestion> LostWriteQuestions();
std::vector<ClientQuestion> ChannelQuestions();

std::vector<ServerQuestion> ServiceTasks();
std::vector<ServerQuestion> GuardTasks();
std::vector<ServerQuestion> TimeTasks();
std::vector<ServerQuestion> PlaceTasks();
std::vector<ServerQuestion> DataTasks();
std::vector<ServerQuestion> HealthTasks();
std::vector<ServerQuestion> ClusterTasks();
std::vector<ClientQuestion> CallTasks();
std::vector<ClientQuestion> StreamTasks();
std::vector<ClientQuestion> PipelineTasks();
std::vector<ClientQuestion> MetadataTasks();
std::vector<ClientQuestion> CountTasks();
std::vector<ClientQuestion> ManyTasks();
std::vector<ClientQuestion> HealthClientTasks();
std::vector<ClientQuestion> RetryTasks();

}  // namespace judge

#endif  // JUDGE_QUESTIONS_ALL_H_
