/// The generators: known checksums, counts that say nothing, timing that says what the definitions say.
#include "networks/tasks/tasks.hpp"

#include <catch2/catch.hpp>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <functional>
#include <string>

#include "networks/tasks/logistic_regression.hpp"
#include "networks/tasks/sine.hpp"
#include "networks/tasks/yin_yang.hpp"

using namespace spikeloom;

namespace {

std::uint64_t checksum(const SpikeData& data) {
  std::uint64_t hash = 0;
  for (std::size_t k = 0; k < data.size(); ++k) {
    const auto sample = data[k];
    hash = XXH3_64bits_withSeed(&sample.label, sizeof sample.label, hash);
    hash = XXH3_64bits_withSeed(sample.times.data(), sample.times.size_bytes(), hash);
    hash = XXH3_64bits_withSeed(sample.units.data(), sample.units.size_bytes(), hash);
  }
  return hash;
}

struct NamedTask {
  std::string name;
  std::function<SpikeData(std::uint64_t, Part, std::size_t)> make;
  std::uint64_t known = 0;   // checksum of the first 100 training samples of seed 1
  double per_second = 1000;  // samples that it must make at least
};

template <class Task>
NamedTask named(std::string name, SpikeData (*make)(const Task&, std::uint64_t, Part, std::size_t), Task task,
                std::uint64_t known, double per_second = 1000) {
  return {std::move(name),
          [=](std::uint64_t seed, Part part, std::size_t size) { return make(task, seed, part, size); }, known,
          per_second};
}

std::vector<NamedTask> all_tasks() {
  SpokenDigits matched;
  matched.count_matched = true;
  return {named("temporal order", make_temporal_order, TemporalOrder{}, 0xfdd1259ca52b2d80),
          named("coincidence", make_coincidence, Coincidence{}, 0x0ebecb4b2e79b5bf),
          named("motifs", make_motifs, Motifs{}, 0x72283dff08105c57),
          named("match to sample", make_match_to_sample, MatchToSample{}, 0xd5f0894479c37912),
          named("inter-spike interval", make_inter_spike_interval, InterSpikeInterval{}, 0xfb6d0cc5127bb344),
          named("spoken digits, counts matched", make_spoken_digits, matched, 0x7aad72d1bff0ea0b, 200),
          named("manifolds", make_randman, Randman{}, 0x447e67e6e9abaf44),
          named("spoken digits", make_spoken_digits, SpokenDigits{}, 0xa7b1f9bbfd2c42c7, 200)};
}

}  // namespace

TEST_CASE("every generator makes the data that it made before", "[tasks][slow]") {
  for (const auto& task : all_tasks()) {
    INFO(task.name);
    const auto data = task.make(1, Part::training, 120).part(0, 100);  // however many come after them
    CHECK(checksum(data) == task.known);
    CHECK(checksum(task.make(1, Part::test, 100)) != task.known);
    CHECK(checksum(task.make(2, Part::training, 120).part(0, 100)) != task.known);
  }
}

TEST_CASE("spike counts say nothing about the class", "[tasks][slow]") {
  constexpr std::size_t n_test = 1000;
  auto tasks = all_tasks();
  tasks.pop_back();  // plain spoken digits may be told by their counts
  for (const auto& task : tasks) {
    INFO(task.name);
    const auto train = task.make(1, Part::training, 1000), test = task.make(1, Part::test, n_test);
    const double accuracy = logistic_regression_accuracy(spike_counts(train), spike_counts(test), 60);
    const double chance = 1.0 / train.classes();
    CHECK(accuracy <= chance + 3 * std::sqrt(chance * (1 - chance) / n_test));
  }
}

TEST_CASE("generators are fast enough", "[.benchmark]") {
  for (const auto& task : all_tasks()) {
    constexpr std::size_t n = 2000;
    const auto start = std::clock();
    const auto data = task.make(1, Part::training, n);
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    WARN(task.name << ": " << std::lround(static_cast<double>(n) / seconds) << " samples/s, "
                   << static_cast<double>(data.spikes()) / static_cast<double>(n) << " spikes per sample");
    CHECK(static_cast<double>(n) / seconds >= task.per_second);
  }
}

TEST_CASE("a line cannot tell the classes of Yin-Yang", "[tasks][yin_yang]") {
  const auto features = [](const YinYangData& data) {
    FeatureData result{4, 3, {}, data.labels};
    for (const auto& point : data.features) result.values.insert(result.values.end(), point.begin(), point.end());
    return result;
  };
  const double accuracy =
      logistic_regression_accuracy(features(make_yin_yang(5000, 42)), features(make_yin_yang(1000, 40)));
  CHECK(accuracy >= 0.60);
  CHECK(accuracy <= 0.67);
}

TEST_CASE("the sine of turns is the sine", "[tasks]") {
  for (int k = -4000; k <= 4000; ++k) {
    const double x = k / 1000.0;
    REQUIRE(sine_of_turns(x) == Approx(std::sin(2 * M_PI * (x - std::round(x)))).margin(2e-15));
  }
  REQUIRE(sine_of_turns(0) == 0);
  REQUIRE(sine_of_turns(0.25) == 1);
}

TEST_CASE("volleys of the temporal order task are a gap apart", "[tasks]") {
  TemporalOrder task;
  task.background = 0;
  const auto data = make_temporal_order(task, 1, Part::training, 200);
  for (std::size_t k = 0; k < data.size(); ++k) {
    const auto sample = data[k];
    REQUIRE(sample.times.size() == 10);
    double first_group = 0, second_group = 0;
    for (std::size_t i = 0; i < 10; ++i) (sample.units[i] < 5 ? first_group : second_group) += sample.times[i] / 5;
    REQUIRE(std::abs((second_group - first_group) * (sample.label == 0 ? 1 : -1) - task.gap) < 4);
  }
}

TEST_CASE("right ears repeat what left ears hear, a shift later", "[tasks]") {
  Coincidence task;
  task.jitter = 0;
  const auto data = make_coincidence(task, 1, Part::training, 50);
  for (std::size_t k = 0; k < data.size(); ++k) {
    const auto sample = data[k];
    const double shift = -20 + 5.0 * sample.label;
    for (std::size_t i = 0; i < sample.times.size(); ++i) {
      if (sample.units[i] >= 10) continue;
      const double due = sample.times[i] + shift;
      if (due < 1 || due > 299) continue;
      bool found = false;
      for (std::size_t j = 0; j < sample.times.size(); ++j)
        found = found || (sample.units[j] == sample.units[i] + 10 && std::abs(sample.times[j] - due) < 1e-5);
      REQUIRE(found);
    }
  }
}

TEST_CASE("intervals and returning codes are where their labels say", "[tasks]") {
  InterSpikeInterval silent;
  silent.background = 0;
  const auto intervals = make_inter_spike_interval(silent, 1, Part::training, 100);
  for (std::size_t k = 0; k < intervals.size(); ++k)
    REQUIRE(intervals[k].times[1] - intervals[k].times[0] == Approx(10 * (intervals[k].label + 1)).margin(1e-5));
  const auto codes = make_match_to_sample({}, 1, Part::training, 200);
  for (std::size_t k = 0; k < codes.size(); ++k) {
    std::array<std::vector<std::uint32_t>, 2> shown;
    for (std::size_t i = 0; i < codes[k].times.size(); ++i)
      shown[codes[k].times[i] < 60 ? 0 : 1].push_back(codes[k].units[i]);
    for (auto& code : shown) std::sort(code.begin(), code.end());
    REQUIRE(shown[0].size() == 8);
    REQUIRE((shown[0] == shown[1]) == (codes[k].label == 1));
  }
}

TEST_CASE("units of a random manifold fire once, and near points have near times", "[tasks][numbers]") {
  REQUIRE(randman_components(2) == 32);
  REQUIRE(randman_components(1) == 1000);
  Randman line;
  line.dimensions = 1;
  const auto known = make_randman(line, 1, Part::training, 1000), asked = make_randman(line, 1, Part::test, 300);
  const auto times = [](const SpikeSample& sample) {
    std::vector<double> result(sample.times.size());
    for (std::size_t i = 0; i < sample.times.size(); ++i) result[sample.units[i]] = sample.times[i];
    return result;
  };
  std::vector<std::vector<double>> points;
  for (std::size_t k = 0; k < known.size(); ++k) {
    auto units = std::vector(known[k].units.begin(), known[k].units.end());
    std::sort(units.begin(), units.end());
    REQUIRE(units.size() == 100);
    REQUIRE(std::adjacent_find(units.begin(), units.end()) == units.end());
    points.push_back(times(known[k]));
  }
  int right = 0;
  for (std::size_t k = 0; k < asked.size(); ++k) {
    const auto here = times(asked[k]);
    double nearest = 1e300;
    std::int32_t label = -1;
    for (std::size_t j = 0; j < points.size(); ++j) {
      double sum = 0;
      for (std::size_t i = 0; i < here.size(); ++i) sum += (here[i] - points[j][i]) * (here[i] - points[j][i]);
      if (sum < nearest) {
        nearest = sum;
        label = known[j].label;
      }
    }
    right += label == asked[k].label;
  }
  CHECK(right >= 291);
}

TEST_CASE("every channel of count-matched digits has four spikes", "[tasks]") {
  SpokenDigits task;
  task.count_matched = true;
  const auto counts = spike_counts(make_spoken_digits(task, 3, Part::test, 50));
  for (const double count : counts.values) REQUIRE(count == 4);
  SpokenDigits backwards;
  backwards.reversed = true;
  const auto forward = make_spoken_digits({}, 3, Part::test, 5),
             reversed = make_spoken_digits(backwards, 3, Part::test, 5);
  for (std::size_t k = 0; k < 5; ++k) {
    const auto a = forward[k].times, b = reversed[k].times;
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) REQUIRE(a[i] == Approx(1000 - b[a.size() - 1 - i]).margin(2e-6));
  }
}
