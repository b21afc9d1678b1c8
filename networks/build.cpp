/// Building: pieces -> slices -> drives -> tables -> partitions, in parallel over partitions.
#include "networks/build.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <tuple>
#include <type_traits>

#include "core/exact/exact_partition.hpp"
#include "core/exact/source_trains.hpp"
#include "core/parallel.hpp"
#include "networks/build_plan.hpp"
#include "networks/modulator_build.hpp"
#include "networks/network_ids.hpp"
#include "networks/partitioning.hpp"
#include "networks/plastic_build.hpp"
#include "networks/wiring.hpp"

namespace spikeloom {
namespace {

template <class Neurons>
std::unique_ptr<Neurons> make_slice(const BuildPlan& plan, const Piece& piece) {
  const auto& experiment = plan.experiment;
  const auto& population = plan.populations[piece.population];
  const auto& model = *population.model;
  const SliceRequest request{population.arguments, population.initial,    population.id,
                             population.size,      piece.first,           piece.count,
                             experiment.seed,      experiment.resolution, population.precision};
  if constexpr (std::is_same_v<Neurons, NeuronSlice>)
    return model.make_slice(request);
  else if (model.make_exact)
    return below_path("populations." + population.spec->name, [&] { return model.make_exact(request); });
  else
    return make_train_slice(plan.trains[population.id], piece.first, piece.count);
}

void attach_drives(const BuildPlan::Projection& projection, NeuronSlice& slice) {
  for (const auto& [receptor, drive] : projection.drives)
    slice.attach(receptor < 0 ? -1 : slice.row_of(receptor), drive);
}
void attach_drives(const BuildPlan::Projection& projection, ExactSlice& slice) {
  for (const auto& [receptor, train, weights, delay] : projection.exact_drives)
    slice.attach(slice.row_of(receptor), train, weights, delay);
}

template <class Neurons>
std::vector<Placed<Neurons>> place_slices(const BuildPlan& plan, const std::vector<Piece>& pieces) {
  std::vector<Placed<Neurons>> slices;
  std::uint32_t slot = 0;
  for (const auto& piece : pieces) {
    Placed<Neurons> slice{make_slice<Neurons>(plan, piece),
                          piece.population,
                          plan.firsts[piece.population] + piece.first,
                          piece.first,
                          piece.count,
                          slot};
    for (const auto& projection : plan.projections)
      if (projection.to->id == piece.population) attach_drives(projection, *slice.neurons);
    slot += slice.slot_count();
    slices.push_back(std::move(slice));
  }
  return slices;
}

constexpr std::uint32_t drivers_between_pauses = 64;

/// What building threads call between neurons; throws GivenUp.
using Pause = std::function<void()>;
struct GivenUp {};

/// Calls visit(slice, driving neuron) for all neurons that drive synapses of `projection` onto these slices.
template <class Neurons, class Visit>
void for_drivers(const BuildPlan::Projection& projection, const std::vector<Placed<Neurons>>& slices,
                 const Pause& pause, Visit visit) {
  for (const auto& slice : slices) {
    if (slice.population != projection.to->id) continue;
    const bool by_target = projection.wiring->driver() == Connector::Driver::target;
    const std::uint32_t first = by_target ? slice.first : 0, count = by_target ? slice.count : projection.from->size;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (i % drivers_between_pauses == 0) pause();
      visit(slice, first + i);
    }
  }
}

template <class Neurons>
void count_synapses(const BuildPlan::Projection& projection, const std::vector<Placed<Neurons>>& slices,
                    NeuronId first_source, const Pause& pause, SynapseBlock& block, SynapseTableBuilder& builder) {
  const bool by_target = projection.wiring->driver() == Connector::Driver::target;
  for_drivers(projection, slices, pause, [&](const auto& slice, std::uint32_t neuron) {
    projection.wiring->partners_of(neuron, block.partners);
    if (by_target) return builder.count(first_source, block.partners);
    for (const auto target : block.partners)
      if (target - slice.first < slice.count) builder.count(first_source + neuron);
  });
}

template <class Neurons>
void add_synapses(const BuildPlan::Projection& projection, const std::vector<Placed<Neurons>>& slices,
                  NeuronId first_source, const Pause& pause, SynapseBlock& block, SynapseTableBuilder& builder) {
  const bool by_target = projection.wiring->driver() == Connector::Driver::target;
  const auto& model = *projection.to->model;
  for_drivers(projection, slices, pause, [&](const auto& slice, std::uint32_t neuron) {
    projection.wiring->synapses_of(neuron, block, true);
    const bool one_delay = projection.wiring->alike_delays(), one_weight = projection.wiring->alike_weights();
    const auto row_start = [&](int receptor) {
      return slice.first_slot + static_cast<std::uint32_t>(slice.neurons->row_of(receptor)) * slice.count;
    };
    const std::uint32_t starts[2] = {row_start(projection.positive), row_start(projection.negative)};
    const bool magnitude[2] = {model.receptors[static_cast<std::size_t>(projection.positive)].magnitude,
                               model.receptors[static_cast<std::size_t>(projection.negative)].magnitude};
    for (std::size_t k = 0; k < block.partners.size(); ++k) {
      const auto target = (by_target ? neuron : block.partners[k]) - slice.first;
      if (target >= slice.count) continue;
      const float weight = block.weights[one_weight ? 0 : k];
      const int negative = weight < 0;
      builder.add(first_source + (by_target ? block.partners[k] : neuron), static_cast<Slot>(starts[negative] + target),
                  static_cast<std::uint16_t>(block.delays[one_delay ? 0 : k]),
                  magnitude[negative] ? std::abs(weight) : weight);
    }
  });
}

/// All synapses of a partition, not yet encoded: that needs the shortest delay of the whole network.
template <class Neurons>
SynapseTableBuilder fill_table(const BuildPlan& plan, const std::vector<Placed<Neurons>>& slices,
                               const std::function<void()>& step, const Pause& pause) {
  SynapseTableBuilder builder(plan.firsts.back());
  SynapseBlock block;
  const auto for_projections = [&](auto work) {
    for (std::size_t k = 0; k < plan.projections.size(); ++k) {
      const auto& projection = plan.projections[k];
      if (projection.wiring && !projection.plastic)
        below_path("projections[" + std::to_string(k) + "]",
                   [&] { work(projection, slices, plan.firsts[projection.from->id], pause, block, builder); });
      step();
    }
  };
  for_projections(count_synapses<Neurons>);
  builder.allocate();
  for_projections(add_synapses<Neurons>);
  return builder;
}

/// The synapses of every plastic projection onto a partition's slices, with the index of the slice.
struct PlasticRows {
  std::size_t projection, slice;
  PlasticSynapseBuilder synapses;
};

std::vector<PlasticRows> fill_plastic_rows(const BuildPlan& plan, const std::vector<PlacedSlice>& slices,
                                           const Pause& pause) {
  std::vector<PlasticRows> rows;
  SynapseBlock block;
  for (std::size_t k = 0; k < plan.projections.size(); ++k) {
    const auto& projection = plan.projections[k];
    if (!projection.plastic) continue;
    for (std::size_t s = 0; s < slices.size(); ++s)
      if (slices[s].population == projection.to->id)
        below_path("projections[" + std::to_string(k) + "]", [&] {
          rows.push_back({k, s,
                          fill_plastic(*projection.wiring, projection.plastic->sign, projection.from->size,
                                       slices[s].first, slices[s].count, pause, block)});
        });
  }
  return rows;
}

/// Shortest delay that the synapses of a row can ever have.
Step shortest_delay(const BuildPlan& plan, const PlasticRows& row) {
  const auto& plastic = *plan.projections[row.projection].plastic;
  if (row.synapses.synapse_count() == 0 || !plastic.rule->shortest_delay) return row.synapses.shortest_delay();
  return plastic.rule->shortest_delay(plastic.arguments, plan.experiment.resolution);
}

int modulator_index(const ExperimentSpec& experiment, const ProjectionSpec& projection) {
  const auto& modulators = experiment.network.modulators;
  for (std::size_t k = 0; k < modulators.size(); ++k)
    if (projection.plasticity->modulator == modulators[k].name) return static_cast<int>(k);
  return -1;
}

std::vector<PlacedProjection> make_plastic(const BuildPlan& plan, const std::vector<PlacedSlice>& slices,
                                           std::vector<PlasticRows> rows, Step window) {
  std::vector<PlacedProjection> placed;
  for (auto& row : rows) {
    const auto& projection = plan.projections[row.projection];
    const auto& plastic = *projection.plastic;
    const auto& slice = slices[row.slice];
    placed.push_back({.synapses = plastic.rule->make({.arguments = plastic.arguments,
                                                      .synapses = row.synapses,
                                                      .first_source = plan.firsts[projection.from->id],
                                                      .first_target = slice.first,
                                                      .target_count = slice.count,
                                                      .axonal_delay = plastic.axonal_delay,
                                                      .all_axonal = plastic.all_axonal,
                                                      .sign = plastic.sign,
                                                      .row_sign = plastic.row_sign,
                                                      .window = window,
                                                      .resolution = plan.experiment.resolution,
                                                      .seed = plan.experiment.seed,
                                                      .stream = static_cast<std::uint32_t>(row.projection)}),
                      .projection = static_cast<std::uint32_t>(row.projection),
                      .name = projection.spec->name,
                      .population = projection.to->id,
                      .first_target = slice.first,
                      .slice = row.slice,
                      .row = slice.neurons->row_of(plastic.receptor),
                      .modulator = modulator_index(plan.experiment, *projection.spec)});
    row.synapses = PlasticSynapseBuilder();
  }
  return placed;
}

std::vector<Probe> make_probes(const ExperimentSpec& experiment, const std::vector<DrawnPopulation>& populations) {
  std::vector<Probe> probes;
  for (std::size_t k = 0; k < experiment.record.states.size(); ++k) {
    const auto& record = experiment.record.states[k];
    const auto* population = find_population(populations, record.population, "record[" + std::to_string(k) + "].of");
    probes.push_back({record.name, population->id, population->model->variable(record.variable), record.neurons,
                      std::max<Step>(1, std::llround(record.every / experiment.resolution))});
  }
  return probes;
}

/// Successive partitions, as equal in number as possible; the first rank has the first one.
std::vector<std::vector<Piece>> share_of(const Ranks& ranks, std::vector<std::vector<Piece>> partitions) {
  const auto count = static_cast<std::size_t>(ranks.count()), all = partitions.size();
  std::vector<std::vector<Piece>> own;
  for (std::size_t p = 0; p < all; ++p)
    if (p * count / std::max(all, count) == static_cast<std::size_t>(ranks.rank())) own.push_back(partitions[p]);
  return own;
}

bool can_read(const NeuronSlice& slice, const ProbePiece& piece) {
  std::vector<float> sample(piece.neurons.size());
  return slice.read(piece.variable, piece.neurons, sample);
}
bool can_read(const ExactSlice& slice, const ProbePiece& piece) {
  std::vector<float> sample(piece.neurons.size());
  return slice.read(piece.variable, piece.neurons, 0, sample);
}

template <class Neurons>
void attach_probes(const std::vector<Probe>& probes, const std::vector<Placed<Neurons>>& slices,
                   std::vector<ProbePiece>& pieces) {
  for (std::size_t k = 0; k < probes.size(); ++k)
    for (const auto& slice : slices) {
      if (slice.population != probes[k].population) continue;
      const auto& all = probes[k].neurons;
      const auto begin = std::lower_bound(all.begin(), all.end(), slice.first);
      const auto end = std::lower_bound(begin, all.end(), slice.first + slice.count);
      if (begin == end) continue;
      ProbePiece piece{
          k, slice.population, probes[k].variable, {}, static_cast<std::size_t>(begin - all.begin()), probes[k].every,
          {}};
      std::transform(begin, end, std::back_inserter(piece.neurons), [&](auto id) { return id - slice.first; });
      if (!can_read(*slice.neurons, piece))
        throw SpecError("record",
                        "'" + probes[k].name + "' cannot be recorded: with these parameters the model keeps " +
                            "several of its variables as one sum",
                        "spikeloom describe MODEL says which; record the sum instead");
      pieces.push_back(std::move(piece));
    }
}

template <class Neurons>
std::vector<std::unique_ptr<Partition>> make_partitions(const BuildPlan& plan, const std::vector<Probe>& probes,
                                                        int threads, const BuildProgress& progress, Ranks& ranks) {
  constexpr bool on_grid = std::is_same_v<Neurons, NeuronSlice>;
  std::vector<int> rows;
  for (const auto& population : plan.populations)
    rows.push_back(population.size == 0 ? 0 : make_slice<Neurons>(plan, {population.id, 0, 1})->row_count());
  // Ranks with fewer threads than others would cut the network in another way.
  const auto all_threads = static_cast<int>(ranks.minimum(threads)) * ranks.count();
  const auto pieces = share_of(ranks, cut(plan.populations, rows, all_threads, plan.experiment.run.partitions));

  std::vector<std::vector<Placed<Neurons>>> slices(pieces.size());
  std::vector<SynapseTableBuilder> builders(pieces.size());
  std::vector<SynapseTable> tables(pieces.size());
  std::vector<std::vector<PlasticRows>> plastic_rows(pieces.size());
  std::vector<std::vector<PlacedProjection>> plastic(pieces.size());
  Step window = longest_delay;
  std::atomic<std::size_t> done = 0;
  const double steps = static_cast<double>(std::max<std::size_t>(1, 2 * pieces.size() * plan.projections.size()));
  std::atomic<bool> given_up = false;
  const auto ask = [&] {
    if (!given_up && progress && !progress(static_cast<double>(done) / steps)) given_up = true;
  };
  const Pause pause = [&] {
    ask();
    if (given_up) throw GivenUp();
  };
  const auto step = [&] {
    ++done;
    pause();
  };
  // A rank that gives up says so when the others have done their part of the work.
  const auto for_partitions = [&](const auto& work) {
    for_each_index(static_cast<std::size_t>(std::max(threads, 1)), pieces.size(), [&](std::size_t p) {
      try {
        pause();
        work(p);
      } catch (const GivenUp&) {}
    });
    ask();  // a rank may have no partition
    if (ranks.maximum(given_up ? 1 : 0) != 0) throw BuildStopped();
  };
  for_partitions([&](std::size_t p) {
    slices[p] = place_slices<Neurons>(plan, pieces[p]);
    builders[p] = fill_table(plan, slices[p], step, pause);
    if constexpr (on_grid) plastic_rows[p] = fill_plastic_rows(plan, slices[p], pause);
  });
  for (const auto& builder : builders) window = std::min(window, builder.shortest_delay());
  for (const auto& rows_of_partition : plastic_rows)
    for (const auto& row : rows_of_partition) window = std::min(window, shortest_delay(plan, row));
  const auto modulators = make_modulators(plan.experiment);
  for (const auto& modulator : modulators) window = std::min(window, modulator.shortest_delay());
  window = ranks.minimum(window);
  for_partitions([&](std::size_t p) {
    tables[p] = builders[p].finish(window);
    if constexpr (on_grid) plastic[p] = make_plastic(plan, slices[p], std::move(plastic_rows[p]), window);
  });

  std::vector<std::unique_ptr<Partition>> partitions;
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    std::vector<ProbePiece> probe_pieces;
    attach_probes(probes, slices[p], probe_pieces);
    if constexpr (on_grid)
      partitions.push_back(std::make_unique<GridPartition>(std::move(slices[p]), std::move(tables[p]), window,
                                                           std::move(plastic[p]), modulators));
    else
      partitions.push_back(std::make_unique<ExactPartition>(std::move(slices[p]), std::move(tables[p]), window));
    partitions.back()->probes = std::move(probe_pieces);
  }
  if (ranks.is_first()) record_modulators(plan.experiment, partitions.front()->modulators());
  return partitions;
}

}  // namespace

BuiltNetwork build(const ExperimentSpec& experiment, int threads, const BuildProgress& progress, Ranks& ranks) {
  const auto plan = make_plan(experiment);
  auto probes = make_probes(experiment, plan.populations);
  auto partitions = experiment.timing == Timing::grid
                        ? make_partitions<NeuronSlice>(plan, probes, threads, progress, ranks)
                        : make_partitions<ExactSlice>(plan, probes, threads, progress, ranks);
  EngineOptions options{threads, plan.firsts, std::vector<char>(plan.populations.size()), probes, &ranks};
  const auto observe = [&](const std::string& population) {
    options.record_spikes[find_population(plan.populations, population, "record")->id] = 1;
  };
  for (const auto& record : experiment.record.spikes) observe(record.population);
  for (const auto& record : experiment.record.rates) observe(record.population);
  return {std::make_unique<Engine>(std::move(partitions), std::move(options)), std::move(probes)};
}

std::uint64_t expected_synapses(const ExperimentSpec& experiment) {
  std::uint64_t sum = 0;
  for (const auto& projection : make_plan(experiment).projections)
    if (projection.wiring) sum += projection.wiring->expected_synapses();
  return sum;
}

}  // namespace spikeloom
