#include "questions/all.h"

namespace judge {
namespace {

template <class Question>
std::vector<Question> JoinedGroups(
    const std::vector<std::vector<Question>>& groups) {
  std::vector<Question> all;
  for (const auto& group : groups) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

}  // namespace

std::vector<ServerQuestion> ServerQuestions() {
  return JoinedGroups<ServerQuestion>(
      {StartQuestions(),     StoreQuestions(),       LimitQuestions(),
       AtOnceQuestions(),    ListQuestions(),        ListMomentQuestions(),
       WatchQuestions(),     WatchResumeQuestions(), WatcherQuestions(),
       WatchEndQuestions(),  ImportQuestions(),      AtomicQuestions(),
       PipelineQuestions(),  FlowQuestions(),        LifeQuestions(),
       BoundQuestions(),     TlsQuestions(),         TokenQuestions(),
       TokenFileQuestions(), LogQuestions(),         RoleQuestions(),
       MutualQuestions(),    DetailQuestions(),      CrowdQuestions(),
       PlaceQuestions(),     DataQuestions(),        OperationsQuestions(),
       ClusterQuestions()});
}

std::vector<ClientQuestion> ClientQuestions() {
  return JoinedGroups<ClientQuestion>(
      {CallQuestions(), FailureQuestions(), StreamClientQuestions(),
       ImportClientQuestions(), PipelineClientQuestions(),
       CredentialQuestions(), CertificateQuestions(), RetryQuestions(),
       ResumeQuestions(), HealthQuestions(), RepeatQuestions(),
       LostWriteQuestions(), ChannelQuestions()});
}

std::vector<ServerQuestion> ServerTasks() {
  return JoinedGroups<ServerQuestion>({ServiceTasks(), GuardTasks(),
                                       TimeTasks(), PlaceTasks(), DataTasks(),
                                       HealthTasks(), ClusterTasks()});
}

std::vector<ClientQuestion> ClientTasks() {
  return JoinedGroups<ClientQuestion>(
      {CallTasks(), StreamTasks(), PipelineTasks(), MetadataTasks(),
       CountTasks(), ManyTasks(), HealthClientTasks(), RetryTasks()});
}

}  // namespace judge
