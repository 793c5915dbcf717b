// Answers for a client: errors that it may repeat, and results.
#ifndef JUDGE_TALK_ANSWERS_H_
#define JUDGE_TALK_ANSWERS_H_

#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include <string>

#include "talk/recorder.h"

namespace judge {

/// A status with one of the details of google.rpc.
grpc::Status WithDetail(grpc::StatusCode code, const std::string& message,
                        const google::protobuf::Message& detail);
/// An error with RetryInfo: the server has changed nothing.
grpc::Status Promised(int milliseconds);
/// An error after which nobody knows whether the server has changed something.
const grpc::Status& Lost();

/// Ends a call with a status and no message.
Answer Fails(const grpc::Status& status);
/// Ends a call with OK and one message.
Answer Answers(const google::protobuf::Message& message);

}  // namespace judge

#endif  // JUDGE_TALK_ANSWERS_H_
