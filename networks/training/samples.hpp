/// What a training has to know of its samples, whatever they are made of: how many, and their classes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace spikeloom {

/// Labelled samples. Those of a task without classes have 0 of them, and the label 0.
class Samples {
 public:
  std::size_t size() const noexcept { return labels_.size(); }
  std::uint32_t classes() const noexcept { return classes_; }
  std::int32_t label(std::size_t k) const noexcept { return labels_[k]; }

 protected:
  explicit Samples(std::uint32_t classes) : classes_(classes) {}
  Samples(const Samples&) = default;
  Samples(Samples&&) = default;
  Samples& operator=(const Samples&) = default;
  Samples& operator=(Samples&&) = default;
  virtual ~Samples() = default;

  std::uint32_t classes_;
  std::vector<std::int32_t> labels_;
};

/// What is learned from, what decides when to stop and which weights to keep, what is reported.
template <class Data>
struct Split {
  Data train, validation, test;
};

/// The same, borrowed from a Split of any kind.
struct SampleSplit {
  const Samples &train, &validation, &test;

  template <class Data>
  SampleSplit(const Split<Data>& split)  // NOLINT(google-explicit-constructor): a view
      : train(split.train), validation(split.validation), test(split.test) {}
};

}  // namespace spikeloom
