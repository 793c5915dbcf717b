// What the queue between the two threads of a Pipeline promises.
#include "service/response_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace response_queue_test {

using kv::ResponseQueue;
using kv::v1::PipelineResponse;

PipelineResponse Answer(std::uint64_t id) {
  PipelineResponse answer;
  answer.set_id(id);
  return answer;
}

TEST(ResponseQueue, ComeOutInOrder) {
  ResponseQueue answers;
  EXPECT_TRUE(answers.Push(Answer(1)));
  EXPECT_TRUE(answers.Push(Answer(2)));
  EXPECT_EQ(answers.Pop()->id(), 1U);
  EXPECT_EQ(answers.Pop()->id(), 2U);
}

TEST(ResponseQueue, WhatWaitsIsStillThereAfterClose) {
  ResponseQueue answers;
  EXPECT_TRUE(answers.Push(Answer(1)));
  answers.Close();
  EXPECT_FALSE(answers.Push(Answer(2)));
  EXPECT_EQ(answers.Pop()->id(), 1U);
  EXPECT_FALSE(answers.Pop().has_value());
}

TEST(ResponseQueue, OneTooManyWaits) {
  ResponseQueue answers;
  for (std::size_t i = 0; i < ResponseQueue::kMax; ++i) {
    ASSERT_TRUE(answers.Push(Answer(i)));
  }
  std::atomic<bool> pushed = false;
  std::thread pushing([&] {
    EXPECT_TRUE(answers.Push(Answer(99)));
    pushed = true;
  });
  EXPECT_FALSE(
      pushed);  // may miss a queue without a bound; never fails wrongly
  std::uint64_t last = 0;
  for (std::size_t i = 0; i <= ResponseQueue::kMax; ++i)
    last = answers.Pop()->id();
  EXPECT_EQ(last, 99U);
  pushing.join();
}

TEST(ResponseQueue, CloseEndsBothWaits) {
  ResponseQueue full;
  for (std::size_t i = 0; i < ResponseQueue::kMax; ++i) {
    ASSERT_TRUE(full.Push(Answer(i)));
  }
  auto push =
      std::async(std::launch::async, [&] { return full.Push(Answer(99)); });
  full.Close();
  EXPECT_FALSE(push.get());

  ResponseQueue empty;
  auto pop =
      std::async(std::launch::async, [&] { return empty.Pop().has_value(); });
  empty.Close();
  EXPECT_FALSE(pop.get());
}

// Many responses through a small queue: none is lost, and no thread stays
// asleep.
TEST(ResponseQueue, PassAllThatArePushed) {
  constexpr std::uint64_t kMany = 100'000;
  ResponseQueue answers;
  std::thread pushing([&] {
    for (std::uint64_t i = 0; i < kMany; ++i) {
      EXPECT_TRUE(answers.Push(Answer(i)));
    }
    answers.Close();
  });
  std::uint64_t next = 0;
  while (const auto answer = answers.Pop()) {
    ASSERT_EQ(answer->id(), next++);
  }
  EXPECT_EQ(next, kMany);
  pushing.join();
}

}  // namespace response_queue_test
