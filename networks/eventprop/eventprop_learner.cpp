/// Training by mini-batches: trials in lanes, sums in a fixed order, Adam, silent neurons.
#include "networks/eventprop/eventprop_learner.hpp"

#include <algorithm>
#include <cmath>

#include "core/parallel.hpp"

namespace spikeloom {
namespace {

constexpr std::size_t lane_count = 8;
constexpr std::size_t block = 4096;  // elements of a gradient that a task sums

std::vector<std::vector<std::uint64_t>> counts_of(const EventPropNetwork& network) {
  std::vector<std::vector<std::uint64_t>> counts;
  for (std::size_t layer = 1; layer < network.layers(); ++layer)
    counts.emplace_back(network.fires(layer) ? network.sizes[layer] : 0);
  return counts;
}

void clear(std::vector<std::vector<std::uint64_t>>& counts) {
  for (auto& column : counts) std::fill(column.begin(), column.end(), std::uint64_t{0});
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

EventPropLearner::Lane::Lane(const EventPropNetwork& network)
    : trial(network), closed(network), gradient(network), counts(counts_of(network)), missing(network.sizes.back()) {}

EventPropLearner::EventPropLearner(const EventPropParams& params, const LearningProblem& problem, std::uint64_t seed)
    : params_(params),
      ranks_(*problem.ranks),
      network_(make_eventprop_network(params, problem, seed)),
      loss_(eventprop_loss(params)),
      counts_(counts_of(network_)),
      bump_(counts_.size(), params.bump) {
  for (std::size_t lane = 0; lane < lane_count; ++lane) lanes_.emplace_back(network_);
  for (const auto& layer : counts_) epoch_.insert(epoch_.end(), layer.size(), 0);
  epoch_.push_back(0);
  ModelArguments arguments;
  if (params.optimiser == "adam") {
    arguments.numbers["beta_1"] = {params.beta_1};
    arguments.numbers["beta_2"] = {params.beta_2};
  }
  const auto* optimiser = find_optimiser(params.optimiser);
  for (const auto* projection : network_.projections()) {
    arguments.numbers["eta"] = {params.eta};
    auto of_weights = optimiser->make<double>(arguments, projection->weights.size());
    arguments.numbers["eta"] = {params.eta_delay};
    optimisers_.push_back({std::move(of_weights), optimiser->make<double>(arguments, projection->delays.size())});
    rho_.emplace_back(params.delay_coding == "sigmoid" ? projection->delays.size() : 0);
  }
  code_delays();
  set_pull(0);
  end_epoch();
}

void EventPropLearner::evaluate(const Batch& batch, std::span<Answer> answers, int threads) {
  network_.prepare();
  go_through(batch, answers, Pass::forward, threads);
}

void EventPropLearner::update(const Batch& batch, std::span<Answer> answers, int threads) {
  network_.prepare();
  if (params_.k_reg > 0) {
    go_through(batch, answers, Pass::forward, threads);
    set_pull(batch.samples.size());
  }
  go_through(batch, answers, Pass::both, threads);
  count_epoch(batch.samples.size());
  sum_lanes(batch.samples.size(), threads);
  take_step();
  if (params_.silent == "bump") bump_silent();
  if (params_.wake > 0) wake_outputs(batch.samples.size());
}

EventPropLearner::Range EventPropLearner::share_of(int rank, std::size_t size) const {
  const auto r = static_cast<std::size_t>(rank), ranks = static_cast<std::size_t>(ranks_.count());
  return {r * size / ranks, (r + 1) * size / ranks};
}

void EventPropLearner::go_through(const Batch& batch, std::span<Answer> answers, Pass pass, int threads) {
  const auto samples = batch.samples.size();
  const auto own = share_of(ranks_.rank(), lane_count);
  for_each_index(static_cast<std::size_t>(threads), own.end - own.begin, [&](std::size_t at) {
    const auto l = own.begin + at;
    auto& lane = lanes_[l];
    clear(lane.counts);
    std::fill(lane.missing.begin(), lane.missing.end(), std::uint64_t{0});
    if (pass == Pass::both) lane.gradient.clear();
    for (std::size_t k = l * samples / lane_count; k < (l + 1) * samples / lane_count; ++k)
      one(lane, batch.spikes()[batch.samples[k]], answers[k], pass);
  });
  if (!ranks_.is_alone()) share_answers(answers);
  clear(counts_);
  for (const auto& lane : lanes_)
    for (std::size_t layer = 0; layer < counts_.size(); ++layer)
      for (std::size_t m = 0; m < counts_[layer].size(); ++m) counts_[layer][m] += lane.counts[layer][m];
}

void EventPropLearner::share_answers(std::span<Answer> answers) {
  const auto samples_of = [&](Range lanes) {
    return answers.subspan(lanes.begin * answers.size() / lane_count,
                           lanes.end * answers.size() / lane_count - lanes.begin * answers.size() / lane_count);
  };
  const auto own = share_of(ranks_.rank(), lane_count);
  ByteWriter writer;
  for (auto l = own.begin; l < own.end; ++l) {
    for (const auto& layer : lanes_[l].counts) writer.put_list(layer);
    writer.put_list(lanes_[l].missing);
  }
  for (const auto& answer : samples_of(own)) writer.put(answer.loss), writer.put(answer.label);
  const auto all = ranks_.exchange(std::vector<Bytes>(static_cast<std::size_t>(ranks_.count()), writer.take()));
  for (int rank = 0; rank < ranks_.count(); ++rank) {
    ByteReader reader(all[static_cast<std::size_t>(rank)]);
    const auto lanes = share_of(rank, lane_count);
    for (auto l = lanes.begin; l < lanes.end; ++l) {
      for (auto& layer : lanes_[l].counts) layer = reader.take_list<std::uint64_t>();
      lanes_[l].missing = reader.take_list<std::uint64_t>();
    }
    for (auto& answer : samples_of(lanes)) {
      answer.loss = reader.take<double>();
      answer.label = reader.take<std::int32_t>();
    }
  }
}

void EventPropLearner::one(Lane& lane, const SpikeSample& sample, Answer& answer, Pass pass) {
  const auto with = [&](auto& trial) {
    const auto result = trial.forward(network_, loss_, sample.times, sample.units, sample.label);
    answer = {result.loss, result.label};
    for (std::size_t layer = 1; layer <= lane.counts.size(); ++layer)
      if (network_.fires(layer))
        for (const auto& spike : trial.spikes(layer)) ++lane.counts[layer - 1][spike.neuron];
    const auto c = static_cast<std::size_t>(sample.label);
    if (network_.spiking_readout && !(trial.readout()[c] < Membrane::never)) ++lane.missing[c];
  };
  if (params_.gradient == "closed_form") {
    with(lane.closed);
    if (pass == Pass::both) lane.closed.backward(network_, lane.gradient);
    return;
  }
  with(lane.trial);
  if (pass != Pass::both) return;
  lane.trial.backward(network_, loss_, lane.gradient, pull_);
  lane.backward_bytes = std::max(lane.backward_bytes, lane.trial.backward_bytes());
}

std::vector<std::span<double>> EventPropLearner::columns(EventPropGradient& gradient) const {
  std::vector<std::span<double>> all;
  for (const auto column : {&EventPropGradient::weights, &EventPropGradient::delays})
    for (auto& values : gradient.*column) all.emplace_back(values);
  return all;
}

void EventPropLearner::bring_parts() {
  const auto own = share_of(ranks_.rank(), lane_count);
  std::vector<Bytes> to;
  for (int rank = 0; rank < ranks_.count(); ++rank) {
    ByteWriter writer;
    for (auto l = own.begin; l < own.end && rank != ranks_.rank(); ++l)
      for (const auto& column : columns(lanes_[l].gradient)) {
        const auto part = share_of(rank, column.size());
        writer.put_list(std::span<const double>(column.subspan(part.begin, part.end - part.begin)));
      }
    to.push_back(writer.take());
  }
  const auto from = ranks_.exchange(std::move(to));
  for (int rank = 0; rank < ranks_.count(); ++rank) {
    ByteReader reader(from[static_cast<std::size_t>(rank)]);
    const auto lanes = share_of(rank, lane_count);
    for (auto l = lanes.begin; l < lanes.end && rank != ranks_.rank(); ++l)
      for (const auto& column : columns(lanes_[l].gradient)) {
        const auto part = reader.take_list<double>();
        std::copy(part.begin(), part.end(),
                  column.begin() + static_cast<std::ptrdiff_t>(share_of(ranks_.rank(), column.size()).begin));
      }
  }
}

void EventPropLearner::share_sums() {
  const auto sums = columns(lanes_.front().gradient);
  ByteWriter writer;
  for (const auto& column : sums) {
    const auto part = share_of(ranks_.rank(), column.size());
    writer.put_list(std::span<const double>(column.subspan(part.begin, part.end - part.begin)));
  }
  const auto all = ranks_.exchange(std::vector<Bytes>(static_cast<std::size_t>(ranks_.count()), writer.take()));
  for (int rank = 0; rank < ranks_.count(); ++rank) {
    ByteReader reader(all[static_cast<std::size_t>(rank)]);
    for (const auto& column : sums) {
      const auto part = reader.take_list<double>();
      std::copy(part.begin(), part.end(),
                column.begin() + static_cast<std::ptrdiff_t>(share_of(rank, column.size()).begin));
    }
  }
}

void EventPropLearner::sum_lanes(std::size_t samples, int threads) {
  if (!ranks_.is_alone()) bring_parts();
  const double share = 1 / static_cast<double>(samples);
  const auto sums = columns(lanes_.front().gradient);
  std::vector<std::vector<std::span<double>>> parts;
  for (std::size_t l = 1; l < lane_count; ++l) parts.push_back(columns(lanes_[l].gradient));
  for (std::size_t c = 0; c < sums.size(); ++c) {
    const auto own = share_of(ranks_.rank(), sums[c].size());
    const auto blocks = (own.end - own.begin + block - 1) / block;
    for_each_index(static_cast<std::size_t>(threads), blocks, [&](std::size_t b) {
      const auto from = own.begin + b * block, to = std::min(own.end, from + block);
      double* sum = sums[c].data();
      for (const auto& lane : parts) {
        const double* part = lane[c].data();
        for (std::size_t k = from; k < to; ++k) sum[k] += part[k];
      }
      for (std::size_t k = from; k < to; ++k) sum[k] *= share;
    });
  }
  if (!ranks_.is_alone()) share_sums();
}

void EventPropLearner::set_pull(std::size_t samples) {
  pull_.clear();
  if (!(params_.k_reg > 0) || samples == 0) return;
  for (std::size_t layer = 0; layer < params_.hidden.size(); ++layer) {
    auto& column = pull_.emplace_back();
    for (const auto count : counts_[layer])
      column.push_back(params_.k_reg * (static_cast<double>(count) / static_cast<double>(samples) - params_.nu));
  }
}

void EventPropLearner::take_step() {
  const auto projections = network_.projections();
  for (std::size_t p = 0; p < projections.size(); ++p) {
    optimisers_[p].weights->set_updates(updates_[0]);
    optimisers_[p].delays->set_updates(updates_[0]);
    if (params_.learn != "delays")
      optimisers_[p].weights->update(projections[p]->weights, lanes_.front().gradient.weights[p]);
    if (learns_delays()) move_delays(p);
  }
  ++updates_[0];
}

void EventPropLearner::move_delays(std::size_t p) {
  auto& delays = network_.projections()[p]->delays;
  auto& gradient = lanes_.front().gradient.delays[p];
  if (params_.delay_coding == "clamp") {
    optimisers_[p].delays->update(delays, gradient);
    for (auto& delay : delays) delay = std::clamp(delay, 0.0, params_.delay_max);
    return;
  }
  auto& rho = rho_[p];
  for (std::size_t k = 0; k < rho.size(); ++k) gradient[k] *= delays[k] * (1 - delays[k] / params_.delay_max);
  optimisers_[p].delays->update(rho, gradient);
  for (std::size_t k = 0; k < rho.size(); ++k) delays[k] = params_.delay_max * sigmoid(rho[k]);
}

void EventPropLearner::count_epoch(std::size_t samples) {
  std::size_t at = 0;
  for (const auto& layer : counts_)
    for (const auto count : layer) epoch_[at++] += count;
  epoch_.back() += samples;
}

void EventPropLearner::add_to_inputs(std::size_t layer, std::uint32_t neuron, double amount) {
  auto& projection = network_.forward[layer - 1];
  for (std::size_t source = 0; source < projection.sources; ++source)
    projection.weights[source * projection.targets + neuron] += amount;
}

void EventPropLearner::bump_silent() {
  for (std::size_t layer = 0; layer < counts_.size(); ++layer) {
    const auto silent = std::count(counts_[layer].begin(), counts_[layer].end(), std::uint64_t{0});
    if (static_cast<double>(silent) <= params_.silent_share * static_cast<double>(counts_[layer].size())) {
      bump_[layer] = params_.bump;
      continue;
    }
    for (std::uint32_t m = 0; m < counts_[layer].size(); ++m)
      if (counts_[layer][m] == 0) add_to_inputs(layer + 1, m, bump_[layer]);
    bump_[layer] *= 2;
  }
}

void EventPropLearner::wake_outputs(std::size_t samples) {
  for (std::uint32_t c = 0; c < network_.sizes.back(); ++c) {
    std::uint64_t missing = 0;
    for (const auto& lane : lanes_) missing += lane.missing[c];
    if (missing > 0)
      add_to_inputs(network_.layers() - 1, c,
                    params_.wake * static_cast<double>(missing) / static_cast<double>(samples));
  }
}

void EventPropLearner::end_epoch() {
  double spikes = 0, silent = 0;
  std::size_t at = 0;
  for (std::size_t layer = 0; layer < params_.hidden.size(); ++layer)
    for (std::uint32_t m = 0; m < counts_[layer].size(); ++m, ++at) {
      spikes += static_cast<double>(epoch_[at]);
      if (epoch_[at] > 0 || epoch_.back() == 0) continue;
      ++silent;
      if (params_.silent == "raise") add_to_inputs(layer + 1, m, params_.raise);
    }
  const double neurons = static_cast<double>(at),
               trials = static_cast<double>(std::max<std::uint64_t>(epoch_.back(), 1));
  measures_ = {{"hidden_spikes", "", "per hidden neuron and trial", neurons > 0 ? spikes / neurons / trials : 0},
               {"silent_neurons", "", "hidden neurons without a spike in the epoch", silent}};
  std::fill(epoch_.begin(), epoch_.end(), std::uint64_t{0});
}

void EventPropLearner::set_rate(double factor) {
  for (auto& optimiser : optimisers_) {
    optimiser.weights->set_rate_factor(factor);
    optimiser.delays->set_rate_factor(factor);
  }
}

std::vector<StateArray> EventPropLearner::state() {
  std::vector<StateArray> all;
  const auto projections = network_.projections();
  if (names_.empty())
    for (const auto* projection : projections) {
      std::vector<std::string> kinds = {"weights_", "delays_"};
      for (const char* what : {"weight_", "delay_"})
        for (const auto& column : optimisers_.front().weights->columns())
          kinds.push_back(what + std::string(column.name) + "_");
      kinds.push_back("rho_");
      for (const auto& kind : kinds) names_.push_back(kind + projection->name);
    }
  auto name = names_.begin();
  const auto add = [&](std::span<double> values, std::vector<std::uint64_t> shape) {
    all.push_back({*name++, "", std::move(shape), values});
  };
  for (std::size_t p = 0; p < projections.size(); ++p) {
    auto& projection = *projections[p];
    const std::vector<std::uint64_t> shape = {projection.sources, projection.targets};
    add(projection.weights, shape);
    add(projection.delays, {projection.delays.size()});
    for (auto& column : optimisers_[p].weights->columns()) add(column.values, shape);
    for (auto& column : optimisers_[p].delays->columns()) add(column.values, {projection.delays.size()});
    add(rho_[p], {rho_[p].size()});
  }
  all.push_back({"bump", "", {bump_.size()}, std::span(bump_)});
  all.push_back({"counts_of_epoch", "", {epoch_.size()}, std::span(epoch_)});
  all.push_back({"updates", "", {1}, std::span(updates_)});
  return all;
}

std::vector<NamedArray> EventPropLearner::arrays() const {
  std::vector<NamedArray> all;
  for (const auto* projection : network_.projections()) {
    all.push_back({"weights_" + projection->name,
                   "",
                   "weights after training (first seed); row = source",
                   {"source", "target"},
                   {projection->sources, projection->targets},
                   projection->weights});
    if (projection->kind == DelayKind::none) continue;
    const bool whole = projection->kind == DelayKind::synaptic;
    all.push_back({"delays_" + projection->name, "ms", "delays after training (first seed)",
                   whole ? std::vector<std::string>{"source", "target"} : std::vector<std::string>{"neuron"},
                   whole ? std::vector<std::uint64_t>{projection->sources, projection->targets}
                         : std::vector<std::uint64_t>{projection->delays.size()},
                   projection->delays});
  }
  return all;
}

void EventPropLearner::arrays_loaded() {
  for (auto* projection : network_.projections())
    for (auto& delay : projection->delays) delay = std::clamp(delay, 0.0, params_.delay_max);
  code_delays();
}

void EventPropLearner::code_delays() {
  const auto projections = network_.projections();
  for (std::size_t p = 0; p < rho_.size(); ++p)
    for (std::size_t k = 0; k < rho_[p].size(); ++k) {
      const double part = std::clamp(projections[p]->delays[k] / params_.delay_max, 1e-3, 1 - 1e-3);
      rho_[p][k] = std::log(part / (1 - part));
    }
}

std::vector<Learner::Delays> EventPropLearner::delays() const {
  std::vector<Delays> all;
  for (const auto* projection : network_.projections())
    if (projection->kind != DelayKind::none) all.push_back({projection->name, projection->delays});
  return all;
}

std::size_t EventPropLearner::backward_bytes() const noexcept {
  std::size_t most = 0;
  for (const auto& lane : lanes_) most = std::max(most, lane.backward_bytes);
  return most;
}

}  // namespace spikeloom
