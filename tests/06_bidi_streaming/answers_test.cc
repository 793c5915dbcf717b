// What the queue between the two threads of a Pipeline promises.
#include "answers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace {

using kv::Answers;
using kv::v1::PipelineResponse;

PipelineResponse Answer(std::uint64_t id) {
  PipelineResponse answer;
  answer.set_id(id);
  return answer;
}

TEST(Answers, ComeOutInOrder) {
  Answers answers;
  bool more = false;
  EXPECT_TRUE(answers.Push(Answer(1)));
  EXPECT_TRUE(answers.Push(Answer(2)));
  EXPECT_EQ(answers.Pop(more)->id(), 1U);
  EXPECT_TRUE(more);
  EXPECT_EQ(answers.Pop(more)->id(), 2U);
  EXPECT_FALSE(more);
}

TEST(Answers, WhatWaitsIsStillThereAfterClose) {
  Answers answers;
  bool more = false;
  EXPECT_TRUE(answers.Push(Answer(1)));
  answers.Close();
  EXPECT_FALSE(answers.Push(Answer(2)));
  EXPECT_EQ(answers.Pop(more)->id(), 1U);
  EXPECT_FALSE(answers.Pop(more).has_value());
}

TEST(Answers, OneTooManyWaits) {
  Answers answers;
  for (std::size_t i = 0; i < Answers::kMax; ++i) {
    ASSERT_TRUE(answers.Push(Answer(i)));
  }
  std::atomic<bool> pushed = false;
  std::thread pushing([&] {
    EXPECT_TRUE(answers.Push(Answer(99)));
    pushed = true;
  });
  bool more = true;
  EXPECT_FALSE(
      pushed);  // may miss a queue without a bound; never fails wrongly
  std::uint64_t last = 0;
  for (std::size_t i = 0; i <= Answers::kMax; ++i)
    last = answers.Pop(more)->id();
  EXPECT_EQ(last, 99U);
  pushing.join();
}

TEST(Answers, CloseEndsBothWaits) {
  Answers full;
  for (std::size_t i = 0; i < Answers::kMax; ++i) {
    ASSERT_TRUE(full.Push(Answer(i)));
  }
  auto push =
      std::async(std::launch::async, [&] { return full.Push(Answer(99)); });
  full.Close();
  EXPECT_FALSE(push.get());

  Answers empty;
  auto pop = std::async(std::launch::async, [&] {
    bool more = false;
    return empty.Pop(more).has_value();
  });
  empty.Close();
  EXPECT_FALSE(pop.get());
}

// Many answers through a small queue: nothing lost, nobody left asleep.
TEST(Answers, PassAllThatArePushed) {
  constexpr std::uint64_t kMany = 100'000;
  Answers answers;
  std::thread pushing([&] {
    for (std::uint64_t i = 0; i < kMany; ++i) {
      EXPECT_TRUE(answers.Push(Answer(i)));
    }
    answers.Close();
  });
  bool more = false;
  std::uint64_t next = 0;
  while (const auto answer = answers.Pop(more)) {
    ASSERT_EQ(answer->id(), next++);
  }
  EXPECT_EQ(next, kMany);
  pushing.join();
}

}  // namespace
