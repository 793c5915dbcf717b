// Helpers for questions about Pipeline: requests, answers, and sending one
// operation.
//
//   const auto stream = OpenPipeline(talk);
//   Answered(talk, stream, PutOf(1, key, "1"), WrittenAnswer(1, revision + 1));
#ifndef JUDGE_TALK_PIPELINE_TALK_H_
#define JUDGE_TALK_PIPELINE_TALK_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "talk/stream_talk.h"

namespace judge {

/// Operations of a pipeline.
kv::v1::PipelineRequest GetOf(std::uint64_t id, const std::string& key);
kv::v1::PipelineRequest PutOf(
    std::uint64_t id, const std::string& key, const std::string& value,
    std::optional<std::int64_t> expected_revision = std::nullopt);
kv::v1::PipelineRequest DeleteOf(std::uint64_t id, const std::string& key);

/// Their answers: to a Get that found its key, to a Put that wrote, and to a
/// Delete.
kv::v1::PipelineResponse FoundAnswer(std::uint64_t id, const std::string& key,
                                     const std::string& value,
                                     std::int64_t revision);
kv::v1::PipelineResponse WrittenAnswer(std::uint64_t id, std::int64_t revision);
kv::v1::PipelineResponse DeletedAnswer(std::uint64_t id, bool deleted,
                                       std::int64_t revision);

/// Calls Pipeline and sends nothing yet; nullptr once the conversation is over.
std::unique_ptr<PipelineStream> OpenPipeline(ServerTalk& talk);
/// Sends one operation. Returns false when the conversation or the call is
/// over.
bool Send(ServerTalk& talk, const std::unique_ptr<PipelineStream>& stream,
          const kv::v1::PipelineRequest& request);
/// Sends one operation and expects its answer, before anything else is sent.
void Answered(ServerTalk& talk, const std::unique_ptr<PipelineStream>& stream,
              const kv::v1::PipelineRequest& request,
              const kv::v1::PipelineResponse& expected);

}  // namespace judge

#endif  // JUDGE_TALK_PIPELINE_TALK_H_
