/// How errors pass through layers of associative memories, and how heads keep them small (Qiao 2025): depth against
/// width.
#include <boost/math/distributions/binomial.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/protocols/parts.hpp"
#include "experiments/protocols/protocols.hpp"
#include "experiments/protocols/recall_vectors.hpp"
#include "networks/conditioning/associative_memory.hpp"

namespace spikeloom::experiments {
namespace {

using Module = AssociativeMemory::Params;

struct Params {
  int draws = 20, pairs = 32, layers = 8;
  std::vector<double> heads = {1, 4, 16};
  int vote_d_key = 8, stages = 32;
  std::vector<double> voters = {1, 3, 5, 9, 17};
  double reliability = 0.99;
};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table{
      {"draws", &Params::draws, "", "draws of keys and values per point", whole_positive},
      {"pairs", &Params::pairs, "", "pairs that every layer holds; at most d_value", whole_positive},
      {"layers", &Params::layers, "", "layers that a representation passes", whole_positive},
      {"heads", &Params::heads, "", "numbers of heads per layer whose outputs are averaged", whole_positive},
      {"vote_d_key", &Params::vote_d_key, "", "voting: length of keys, short enough for a head to fail",
       whole_positive},
      {"stages", &Params::stages, "", "voting: length of the longest chain", whole_positive},
      {"voters", &Params::voters, "", "voting: numbers of heads, odd", whole_positive},
      {"reliability", &Params::reliability, "", "voting: share of chains that must come out right", fraction}};
  return table;
}

/// Orthonormal vectors [count][length]: crosstalk between them is all due to keys.
Vectors orthonormal_vectors(std::uint64_t seed, std::uint32_t stream, std::uint64_t draw_number, std::size_t count,
                            std::size_t length) {
  auto vectors = normal_vectors(seed, stream, draw_number, count, length);
  for (std::size_t j = 0; j < count; ++j) {
    for (std::size_t i = 0; i < j; ++i) {
      const double overlap = product(vectors[i], vectors[j]);
      for (std::size_t k = 0; k < length; ++k) vectors[j][k] -= overlap * vectors[i][k];
    }
    scale_to_unit_length(vectors[j]);
  }
  return vectors;
}

/// A head: a random projection makes keys of representations, a memory binds them to what the layer is to pass on.
class Head {
 public:
  Head(const Module& module, std::uint64_t seed, std::uint32_t stream, std::uint64_t draw_number, const Vectors& inputs,
       const Vectors& outputs)
      : projection_(normal_vectors(seed, stream, draw_number, static_cast<std::size_t>(module.d_key),
                                   static_cast<std::size_t>(module.d_value))),
        memory_(module) {
    for (std::size_t j = 0; j < inputs.size(); ++j) memory_.write(key(inputs[j]), outputs[j]);
  }

  std::vector<double> read(const std::vector<double>& representation) const {
    return memory_.read(key(representation));
  }

 private:
  std::vector<double> key(const std::vector<double>& representation) const {
    std::vector<double> key;
    for (const auto& row : projection_)
      key.push_back(product(row, representation) / std::sqrt(static_cast<double>(projection_.size())));
    return key;
  }

  Vectors projection_;
  AssociativeMemory memory_;
};

/// Share of ways in which at most half of `voters` independent heads are right, each wrong with probability `p`.
double majority_fails(int voters, double p) {
  return boost::math::cdf(boost::math::binomial(voters, 1 - p), voters / 2);
}

class Experiments {
 public:
  explicit Experiments(const ProtocolRun& run)
      : run_(run),
        module_(AssociativeMemory::params().read(run.experiment.module->arguments)),
        params_(params().read(run.experiment.protocol->arguments)),
        draws_(static_cast<std::size_t>(params_.draws)),
        pairs_(static_cast<std::size_t>(params_.pairs)),
        stages_(run) {}

  ProtocolOutcome all() {
    return run_parts(run_, stages_, {"depth", "votes"},
                     {{"depth", [this] { depth(); }}, {"votes", [this] { votes(); }}});
  }

 private:
  std::uint64_t seed() const { return run_.experiment.seed; }
  Vectors representations(std::uint32_t layer, std::uint64_t k) const {
    return orthonormal_vectors(seed(), layer, k, pairs_, static_cast<std::size_t>(module_.d_value));
  }
  static std::uint32_t stream_of(std::size_t layer, std::size_t head) {
    return static_cast<std::uint32_t>(1000 + 1000 * layer + head);
  }

  // ---- errors that are passed on -----------------------------------------------------------------------------------

  void depth() {
    TrialTable table{"depth", "error energy after each layer, per number of heads whose outputs are averaged"};
    table.columns.push_back({"layer", "", "layers passed"});
    for (int layer = 1; layer <= params_.layers; ++layer) table.columns[0].values.push_back(layer);
    Picture picture{.name = "depth",
                    .title = "Depth.",
                    .caption =
                        "A layer multiplies the error that it is given and adds its own; more heads make both "
                        "smaller. Dashed: (1 + (N + 1) / (d H))^D - 1.",
                    .x = {"layers"},
                    .y = {"error energy", "", true}};
    double worst = 0;
    int colour = 0;
    for (const double heads : params_.heads) {
      const auto energies = chain_energies(static_cast<std::size_t>(heads));
      const double gain = 1 + (params_.pairs + 1.0) / (module_.d_key * heads);
      std::vector<double> law;
      for (std::size_t l = 0; l < energies.size(); ++l) {
        law.push_back(std::pow(gain, static_cast<double>(l + 1)) - 1);
        worst = std::max(worst, std::abs(energies[l] / law[l] - 1));
      }
      const auto name = fmt::format("heads_{}", heads), law_name = name + "_law";
      table.columns.push_back({name, "", "measured", energies});
      table.columns.push_back({law_name, "", "(1 + (N + 1) / (d H))^D - 1", law});
      picture.series.push_back(
          {fmt::format("{} heads", heads), {"trials/depth/layer"}, {"trials/depth/" + name}, Mark::points, colour});
      picture.series.push_back({"law", {"trials/depth/layer"}, {"trials/depth/" + law_name}, Mark::dashed, colour++});
    }
    run_.output.add(std::move(table));
    run_.output.add(Metric{"depth_worst_ratio", worst, "",
                           "largest relative deviation of the error energy from (1 + (N + 1) / (d H))^D - 1"});
    run_.output.add(std::move(picture));
  }

  /// Mean |x - x_j|^2 after each layer, over draws and pairs.
  std::vector<double> chain_energies(std::size_t heads) {
    const auto layers = static_cast<std::size_t>(params_.layers);
    const auto of_draws = stages_.rows(draws_, layers, [&](std::size_t k, std::span<double> row) {
      auto ideal = representations(0, k), passed = ideal;
      for (std::size_t layer = 0; layer < layers; ++layer) {
        stages_.pause();
        const auto next = representations(static_cast<std::uint32_t>(layer + 1), k);
        Vectors sums(pairs_, std::vector<double>(next[0].size()));
        for (std::size_t h = 0; h < heads; ++h) {
          const Head head(module_, seed(), stream_of(layer, h), k, ideal, next);
          for (std::size_t j = 0; j < pairs_; ++j) {
            const auto y = head.read(passed[j]);
            for (std::size_t a = 0; a < y.size(); ++a) sums[j][a] += y[a] / static_cast<double>(heads);
          }
        }
        passed = std::move(sums), ideal = next;
        for (std::size_t j = 0; j < pairs_; ++j)
          row[layer] += distance(passed[j], ideal[j]) / static_cast<double>(pairs_);
      }
    });
    std::vector<double> mean(layers);
    for (std::size_t k = 0; k < draws_; ++k)
      for (std::size_t l = 0; l < layers; ++l) mean[l] += of_draws[k * layers + l] / static_cast<double>(draws_);
    return mean;
  }

  // ---- heads that vote ---------------------------------------------------------------------------------------------

  void votes() {
    const auto most = static_cast<std::size_t>(*std::max_element(params_.voters.begin(), params_.voters.end()));
    const auto stages = static_cast<std::size_t>(params_.stages);
    // Heads that are right, [draw][stage][pair][head].
    const auto right =
        stages_.rows(draws_, stages * pairs_ * most, [&](std::size_t k, std::span<double> row) { vote(most, k, row); });
    const auto at = [&](std::size_t k, std::size_t stage, std::size_t j, std::size_t h) {
      return right[((k * stages + stage) * pairs_ + j) * most + h] != 0;
    };
    const auto wrong = static_cast<double>(std::count(right.begin(), right.end(), 0.0));
    const double p = wrong / static_cast<double>(draws_ * stages * pairs_ * most);

    TrialTable table{"votes", "heads that vote in every stage of a chain"};
    table.columns = {{"voters", "", "H", params_.voters},
                     {"fails", "", "share of stages without a right majority"},
                     {"binomial", "", "for independent heads"},
                     {"bound", "", "exp(-2 H (1/2 - p)^2)"},
                     {"chain", "", "share of whole chains that come out right"},
                     {"chain_law", "", "(1 - fails)^stages"}};
    double worst = 0;
    for (const double voters : params_.voters) {
      std::size_t failures = 0, whole = 0;
      for (std::size_t k = 0; k < draws_; ++k)
        for (std::size_t j = 0; j < pairs_; ++j) {
          std::size_t here = 0;
          for (std::size_t stage = 0; stage < stages; ++stage) {
            double sum = 0;
            for (std::size_t h = 0; h < static_cast<std::size_t>(voters); ++h) sum += at(k, stage, j, h) ? 1 : 0;
            here += 2 * sum > voters ? 0 : 1;
          }
          failures += here, whole += here == 0 ? 1 : 0;
        }
      const double fails = static_cast<double>(failures) / static_cast<double>(draws_ * pairs_ * stages);
      const double chain = static_cast<double>(whole) / static_cast<double>(draws_ * pairs_);
      const double chain_law = std::pow(1 - fails, params_.stages);
      const double row[] = {fails, majority_fails(static_cast<int>(voters), p),
                            std::exp(-2 * voters * (0.5 - p) * (0.5 - p)), chain, chain_law};
      for (std::size_t c = 0; c < 5; ++c) table.columns[c + 1].values.push_back(row[c]);
      worst = std::max(worst, std::abs(chain - chain_law));
    }
    run_.output.add(
        Metric{"head_fails", p, "", "probability that a single head takes another pair's value for its own"});
    run_.output.add(
        Metric{"chain_worst", worst, "", "largest deviation of whole chains that come out right from their law"});
    run_.output.add(std::move(table));
    needed_voters(p);
    Picture picture{.name = "votes",
                    .title = "Redundancy.",
                    .caption = "Stages without a right majority: fewer with every head, below Hoeffding's bound.",
                    .x = {"heads that vote"},
                    .y = {"share of stages that fail", "", true}};
    picture.series = {{"measured", {"trials/votes/voters"}, {"trials/votes/fails"}, Mark::points},
                      {"independent heads", {"trials/votes/voters"}, {"trials/votes/binomial"}},
                      {"bound", {"trials/votes/voters"}, {"trials/votes/bound"}, Mark::dashed}};
    run_.output.add(std::move(picture));
  }

  /// Which of `most` heads read every pair right in every stage: nearest to their pair's value among all values.
  void vote(std::size_t most, std::size_t k, std::span<double> right) {
    auto module = module_;
    module.d_key = params_.vote_d_key;
    auto next = right.begin();
    const auto values = representations(0, k);
    for (std::size_t stage = 0; stage < static_cast<std::size_t>(params_.stages); ++stage) {
      stages_.pause();
      std::vector<Head> heads;
      for (std::size_t h = 0; h < most; ++h)
        heads.emplace_back(module, seed(), stream_of(500 + stage, h), k, values, values);
      for (std::size_t j = 0; j < pairs_; ++j)
        for (const auto& head : heads) {
          const auto y = head.read(values[j]);
          const double own = product(y, values[j]);
          *next++ = std::ranges::all_of(values, [&](const auto& v) { return product(y, v) <= own; }) ? 1 : 0;
        }
    }
  }

  /// Heads that a chain needs to be as reliable as demanded grow as the logarithm of its length.
  void needed_voters(double p) {
    TrialTable table{"needed", "heads that a chain needs to come out right as often as demanded"};
    table.columns = {{"stages", "", "D"}, {"voters", "", "fewest heads, odd"}, {"bound", "", "by Hoeffding's bound"}};
    const double margin = 2 * (0.5 - p) * (0.5 - p);
    for (double stages = 1; stages <= 1 << 16; stages *= 4) {
      int voters = 1;
      while (std::pow(1 - majority_fails(voters, p), stages) < params_.reliability && voters < 9999) voters += 2;
      table.columns[0].values.push_back(stages);
      table.columns[1].values.push_back(voters);
      table.columns[2].values.push_back(std::log(1 / (1 - std::pow(params_.reliability, 1 / stages))) / margin);
    }
    const auto& needed = table.columns[1].values;
    const std::size_t n = needed.size();
    const double early = needed[n / 2] - needed[0], late = needed[n - 1] - needed[n / 2];
    run_.output.add(
        Metric{"needed_growth", late / early, "",
               "heads that the longer half of all chains needs more, against the shorter half, by factors of "
               "length: 1 for a logarithm"});
    run_.output.add(std::move(table));
    Picture picture{.name = "needed",
                    .title = "Width for depth.",
                    .caption = fmt::format("Heads per stage with which {} of all chains come out right: as the "
                                           "logarithm of their length.",
                                           params_.reliability),
                    .x = {"stages", "", true},
                    .y = {"heads"}};
    picture.series = {{"needed", {"trials/needed/stages"}, {"trials/needed/voters"}, Mark::points},
                      {"bound", {"trials/needed/stages"}, {"trials/needed/bound"}, Mark::dashed}};
    run_.output.add(std::move(picture));
  }

  const ProtocolRun& run_;
  Module module_;
  Params params_;
  std::size_t draws_, pairs_;
  Stages stages_;
};

ProtocolOutcome run(const ProtocolRun& run) { return Experiments(run).all(); }

void check(const ModelArguments& module_arguments, const ModelArguments& arguments, std::vector<Problem>& problems) {
  const auto module = AssociativeMemory::params().read(module_arguments);
  const auto chosen = params().read(arguments);
  const auto say = [&](const char* path, const char* what, const char* remedy) {
    problems.push_back({{}, path, what, remedy});
  };
  if (module.rule != "hebb")
    say("module.params.rule", "errors are passed on by Hebbian memories here", "write 'hebb' or leave it out");
  if (chosen.pairs > module.d_value)
    say("protocol.params.pairs", "more pairs than orthogonal values exist", "write at most module.params.d_value");
  if (chosen.pairs < 2) say("protocol.params.pairs", "one pair has no crosstalk", "write at least 2");
  if (chosen.heads.empty()) say("protocol.params.heads", "is empty", "write for example [1, 4]");
  if (chosen.voters.empty()) say("protocol.params.voters", "is empty", "write for example [1, 3]");
  for (const double heads : chosen.heads)
    if (heads > 999) say("protocol.params.heads", "has more than 999 heads", "write fewer");
  for (const double voters : chosen.voters)
    if (voters > 999 || std::fmod(voters, 2) == 0)
      say("protocol.params.voters", "majorities need an odd number of at most 999 voters", "write for example [1, 3]");
}

}  // namespace

ProtocolInfo propagation_protocol() {
  return {.name = "propagation",
          .summary = "how errors pass through layers of associative memories: depth against heads (Qiao 2025)",
          .modules = {std::string(AssociativeMemory::name)},
          .params = params().infos(),
          .run = run,
          .check = check,
          .spans_ranks = true};
}

}  // namespace spikeloom::experiments
