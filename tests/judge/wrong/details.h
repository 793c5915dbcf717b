// Errors with details, as stage 10 has them, and the mistakes in them.
#ifndef WRONG_DETAILS_H_
#define WRONG_DETAILS_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <string>
#include <vector>

namespace wrong {

/// An error with an ErrorInfo.
grpc::Status WithReason(const grpc::Status& status, const std::string& reason,
                        const std::string& name, std::int64_t value);

/// INVALID_ARGUMENT with a BadRequest that has these fields.
grpc::Status WithViolations(const grpc::Status& status,
                            const std::vector<std::string>& fields);

/// RESOURCE_EXHAUSTED with a RetryInfo: there are too many of what it names.
grpc::Status Busy(const std::string& what);

/// An error with a RetryInfo: nothing was changed.
grpc::Status NotDone(const grpc::Status& status);

}  // namespace wrong

#endif  // WRONG_DETAILS_H_
