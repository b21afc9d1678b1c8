/// The classical phenomena of conditioning, trial by trial: every group of every schedule, with a picture each.
#include <algorithm>

#include "core/random.hpp"
#include "experiments/protocols/protocols.hpp"
#include "networks/conditioning/schedules.hpp"

namespace spikeloom::experiments {
namespace {

struct Params {
  std::vector<std::string> schedules = phenomenon_names();
};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table{
      {"schedules", &Params::schedules, "", "which phenomena, in this order", finite, phenomenon_names()}};
  return table;
}

/// Strengths after every trial of one group.
struct Course {
  std::vector<double> trials;
  std::vector<std::vector<double>> strengths;  // per stimulus
};

class Run {
 public:
  Run(const ProtocolRun& run, const Phenomenon& phenomenon, std::uint32_t stream)
      : run_(run), phenomenon_(phenomenon), stream_(stream) {}

  void groups() {
    const auto module = RescorlaWagner::params().read(run_.experiment.module->arguments);
    auto saliences = phenomenon_.saliences;
    for (auto& salience : saliences)
      if (salience == 0) salience = module.alpha;
    for (const auto& group : phenomenon_.groups) {
      RescorlaWagner model(module, saliences);
      train(model, group);
      run_.output.add(NamedHash{phenomenon_.name + "_" + group.name, state_hash(model.state())});
    }
    picture();
  }

 private:
  void train(RescorlaWagner& model, const Group& group) {
    Course course;
    course.strengths.resize(phenomenon_.saliences.size());
    std::vector<double> reached(phenomenon_.measures.size(), 0);
    for (const auto& phase : group.phases) {
      std::fill(reached.begin(), reached.end(), phase.trials + 1);
      for (int k = 0; k < phase.trials; ++k) {
        model.trial(kind_of(phase, k, course.trials.size()));
        course.trials.push_back(static_cast<double>(course.trials.size() + 1));
        for (std::size_t i = 0; i < course.strengths.size(); ++i) course.strengths[i].push_back(model.strengths()[i]);
        for (std::size_t m = 0; m < reached.size(); ++m)
          if (model.strength(phenomenon_.measures[m].stimuli) >= phenomenon_.measures[m].criterion)
            reached[m] = std::min(reached[m], k + 1.0);
      }
    }
    measure(model, group, reached);
    write(group, std::move(course));
  }

  const TrialKind& kind_of(const Phase& phase, int trial, std::size_t draw_id) const {
    const auto count = phase.kinds.size();
    if (!phase.random) return phase.kinds[static_cast<std::size_t>(trial) % count];
    const auto bits = draw(run_.experiment.seed, Purpose::task, stream_, draw_id);
    return phase.kinds[below(count, bits[0], bits[1])];
  }

  void measure(const RescorlaWagner& model, const Group& group, const std::vector<double>& reached) const {
    for (std::size_t m = 0; m < reached.size(); ++m) {
      const auto& one = phenomenon_.measures[m];
      if (one.group != group.name) continue;
      const double value = one.criterion > 0 ? reached[m] : model.strength(one.stimuli);
      run_.output.add(Metric{phenomenon_.name + "_" + one.name, value, "", one.doc});
    }
  }

  void write(const Group& group, Course&& course) const {
    TrialTable table{phenomenon_.name + "_" + group.name, phenomenon_.title + ", group " + group.name};
    table.columns.push_back({"trial", "", "counted from 1", std::move(course.trials)});
    for (std::size_t i = 0; i < course.strengths.size(); ++i)
      table.columns.push_back({std::string("v_") + static_cast<char>('a' + i), "",
                               "associative strength after the trial", std::move(course.strengths[i])});
    run_.output.add(std::move(table));
  }

  void picture() const {
    Picture picture{.name = phenomenon_.name,
                    .title = phenomenon_.title + ".",
                    .caption = "Expected: " + phenomenon_.expected + ".",
                    .x = {"trial"},
                    .y = {"associative strength"}};
    for (const auto& group : phenomenon_.groups)
      for (const char stimulus : phenomenon_.shown) {
        const auto table = "trials/" + phenomenon_.name + "_" + group.name;
        const bool is_first = group.name == phenomenon_.groups.front().name;
        picture.series.push_back({std::string("V_") + stimulus + ", " + group.name,
                                  {table + "/trial"},
                                  {table + "/v_" + static_cast<char>(stimulus - 'A' + 'a')},
                                  is_first ? Mark::line : Mark::dashed,
                                  stimulus - 'A'});
      }
    run_.output.add(std::move(picture));
  }

  const ProtocolRun& run_;
  const Phenomenon& phenomenon_;
  std::uint32_t stream_;
};

ProtocolOutcome run(const ProtocolRun& run) {
  const auto chosen = params().read(run.experiment.protocol->arguments);
  ProtocolOutcome outcome;
  std::uint64_t done = 0;
  for (const auto& name : chosen.schedules) {
    const auto& phenomenon = *find_phenomenon(name);
    Run(run, phenomenon, static_cast<std::uint32_t>(&phenomenon - phenomenon_catalogue().data())).groups();
    outcome.trials = ++done;
    outcome.stopped = !run.progress(done, chosen.schedules.size(), name);
    if (outcome.stopped) break;
  }
  return outcome;
}

}  // namespace

ProtocolInfo phenomena_protocol() {
  return {.name = "phenomena",
          .summary = "the classical phenomena of conditioning, trial by trial, each a named schedule",
          .modules = {"rescorla_wagner"},
          .params = params().infos(),
          .run = run};
}

}  // namespace spikeloom::experiments
