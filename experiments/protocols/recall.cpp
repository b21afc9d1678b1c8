/// How much an associative memory holds: crosstalk, capacity, error-correcting rules, averaging over heads (Qiao 2025).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "experiments/protocols/parts.hpp"
#include "experiments/protocols/protocols.hpp"
#include "experiments/protocols/recall_vectors.hpp"
#include "networks/conditioning/associative_memory.hpp"

namespace spikeloom::experiments {
namespace {

using Module = AssociativeMemory::Params;

struct Params {
  std::vector<std::string> experiments = {"crosstalk", "capacity", "rules", "heads"};
  int draws = 20;
  std::vector<double> key_lengths = {16, 64, 256}, loads = {0.25, 1, 4};
  std::vector<double> capacity_lengths = {16, 32, 64, 128, 256, 512, 1024};
  double tolerated = 0.25;
  int passes = 50;
  std::vector<double> heads = {1, 2, 4, 8, 16};
};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table{
      {"experiments",
       &Params::experiments,
       "",
       "which experiments",
       finite,
       {"crosstalk", "capacity", "rules", "heads"}},
      {"draws", &Params::draws, "", "draws of keys and values per point", whole_positive},
      {"key_lengths", &Params::key_lengths, "", "crosstalk: lengths of keys", whole_positive},
      {"loads", &Params::loads, "", "crosstalk: pairs per component of a key", positive},
      {"capacity_lengths", &Params::capacity_lengths, "", "capacity: lengths of keys", whole_positive},
      {"tolerated", &Params::tolerated, "", "capacity: mean error energy that is tolerated", positive},
      {"passes", &Params::passes, "", "rules: how often all pairs are written", whole_positive},
      {"heads", &Params::heads, "", "numbers of independent memories that are averaged", whole_positive}};
  return table;
}

struct Pairs {
  Vectors keys, values;
};

Pairs random_pairs(std::uint64_t seed, std::uint64_t draw_number, std::size_t count, const Module& module) {
  return {unit_vectors(seed, 1, draw_number, count, static_cast<std::size_t>(module.d_key)),
          unit_vectors(seed, 2, draw_number, count, static_cast<std::size_t>(module.d_value))};
}

/// Keys whose products are all 1/sqrt(length), all bound to one value: the worst that a bound on products allows.
Pairs adversarial_pairs(std::size_t count, const Module& module) {
  const auto length = static_cast<std::size_t>(module.d_key);
  const double product = 1 / std::sqrt(static_cast<double>(length));
  Pairs pairs{Vectors(count, std::vector<double>(length)),
              Vectors(count, std::vector<double>(static_cast<std::size_t>(module.d_value)))};
  for (std::size_t j = 0; j < count; ++j) {
    pairs.keys[j][0] = std::sqrt(product);
    pairs.keys[j][1 + j % (length - 1)] = std::sqrt(1 - product);
    pairs.values[j][0] = 1;
  }
  return pairs;
}

/// What reading every key gives.
struct Recall {
  std::vector<double> energies;  // |y - v|^2 per pair
  double energy = 0, cosine = 0, nearest = 0;
};

template <class Read>
Recall recall_of(const Pairs& pairs, const Read& read, bool with_nearest) {
  Recall recall;
  const double share = 1 / static_cast<double>(pairs.keys.size());
  for (std::size_t j = 0; j < pairs.keys.size(); ++j) {
    const auto y = read(pairs.keys[j]);
    double product = 0, norm = 0, closest = HUGE_VAL;
    for (std::size_t a = 0; a < y.size(); ++a) product += y[a] * pairs.values[j][a], norm += y[a] * y[a];
    recall.energies.push_back(distance(y, pairs.values[j]));
    if (with_nearest)
      for (const auto& value : pairs.values) closest = std::min(closest, distance(y, value));
    recall.energy += share * recall.energies.back();
    recall.cosine += norm > 0 ? share * product / std::sqrt(norm) : 0;
    recall.nearest += closest == recall.energies.back() ? share : 0;
  }
  return recall;
}

/// `between` is called before every pass.
AssociativeMemory written(const Module& module, const Pairs& pairs, int passes,
                          const std::function<void()>& between = {}) {
  AssociativeMemory memory(module);
  for (int pass = 0; pass < passes; ++pass) {
    if (between) between();
    for (std::size_t j = 0; j < pairs.keys.size(); ++j) memory.write(pairs.keys[j], pairs.values[j]);
  }
  return memory;
}

Recall recall_after(const Module& module, const Pairs& pairs, int passes = 1, bool with_nearest = false,
                    const std::function<void()>& between = {}) {
  const auto memory = written(module, pairs, passes, between);
  return recall_of(
      pairs, [&](const auto& key) { return memory.read(key); }, with_nearest);
}

/// Slope of log y over log x by least squares.
double slope_of(const std::vector<double>& x, const std::vector<double>& y) {
  double mean_x = 0, mean_y = 0, xy = 0, xx = 0;
  const double n = static_cast<double>(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) mean_x += std::log(x[i]) / n, mean_y += std::log(y[i]) / n;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (std::log(x[i]) - mean_x) * (std::log(y[i]) - mean_y);
    xx += (std::log(x[i]) - mean_x) * (std::log(x[i]) - mean_x);
  }
  return xy / xx;
}

class Experiments {
 public:
  Experiments(const ProtocolRun& run)
      : run_(run),
        module_(AssociativeMemory::params().read(run.experiment.module->arguments)),
        params_(params().read(run.experiment.protocol->arguments)),
        stages_(run) {}

  ProtocolOutcome all() {
    return run_parts(run_, stages_, params_.experiments,
                     {{"crosstalk", [this] { crosstalk(); }},
                      {"capacity", [this] { capacity(); }},
                      {"rules", [this] { rules(); }},
                      {"heads", [this] { heads(); }}});
  }

 private:
  Module with(const char* rule, int d_key) const {
    auto module = module_;
    module.rule = rule, module.d_key = d_key;
    return module;
  }
  std::size_t draws() const { return static_cast<std::size_t>(params_.draws); }
  void metric(std::string name, double value, std::string doc) {
    run_.output.add(Metric{std::move(name), value, "", std::move(doc)});
  }

  Recall recall_of_draw(const Module& module, std::size_t k, std::size_t pairs, int passes = 1,
                        bool with_nearest = false) {
    return recall_after(module, random_pairs(run_.experiment.seed, k, pairs, module), passes, with_nearest,
                        [this] { stages_.pause(); });
  }

  /// Means over all draws, in fixed order; of every pair only if `with_energies`.
  Recall mean_recall(const Module& module, std::size_t pairs, int passes = 1, bool with_nearest = false,
                     bool with_energies = false) {
    const std::size_t width = 3 + (with_energies ? pairs : 0);
    const auto rows = stages_.rows(draws(), width, [&](std::size_t k, std::span<double> row) {
      const auto recall = recall_of_draw(module, k, pairs, passes, with_nearest);
      row[0] = recall.energy, row[1] = recall.cosine, row[2] = recall.nearest;
      if (with_energies) std::ranges::copy(recall.energies, row.begin() + 3);
    });
    Recall mean;
    mean.energies.resize(width - 3);
    const double share = 1 / static_cast<double>(draws());
    for (std::size_t k = 0; k < draws(); ++k) {
      const auto row = std::span(rows).subspan(k * width, width);
      mean.energy += share * row[0], mean.cosine += share * row[1], mean.nearest += share * row[2];
      for (std::size_t j = 0; j < mean.energies.size(); ++j) mean.energies[j] += share * row[3 + j];
    }
    return mean;
  }

  // ---- 1: crosstalk against the law
  // ----------------------------------------------------------------------------------

  void crosstalk() {
    TrialTable table{"crosstalk", "Hebbian memory: recall against the law (N - 1) / d, one row per size"};
    table.columns = {{"d_key", "", "length of keys"},
                     {"pairs", "", "N"},
                     {"energy", "", "measured |y - v|^2"},
                     {"law", "", "(N - 1) / d"},
                     {"cosine", "", "measured"},
                     {"cosine_law", "", "1 / sqrt(1 + (N - 1) / d)"},
                     {"nearest", "", "share of right nearest values"}};
    for (const double d : params_.key_lengths)
      for (const double load : params_.loads) {
        const auto pairs = static_cast<std::size_t>(std::lround(std::max(2.0, load * d)));
        const auto recall = mean_recall(with("hebb", static_cast<int>(d)), pairs, 1, true);
        const double law = (static_cast<double>(pairs) - 1) / d;
        const double row[] = {
            d, static_cast<double>(pairs), recall.energy, law, recall.cosine, 1 / std::sqrt(1 + law), recall.nearest};
        for (std::size_t c = 0; c < table.columns.size(); ++c) table.columns[c].values.push_back(row[c]);
      }
    double worst = 0, worst_cosine = 0;
    for (std::size_t i = 0; i < table.columns[0].values.size(); ++i) {
      worst = std::max(worst, std::abs(table.columns[2].values[i] / table.columns[3].values[i] - 1));
      if (table.columns[0].values[i] >= 64)
        worst_cosine = std::max(worst_cosine, std::abs(table.columns[4].values[i] - table.columns[5].values[i]));
    }
    run_.output.add(std::move(table));
    metric("crosstalk_worst_ratio", worst, "largest relative deviation of the error energy from (N - 1) / d");
    metric("crosstalk_worst_cosine", worst_cosine, "largest deviation of the cosine from its law, d >= 64");
    Picture picture{.name = "crosstalk",
                    .title = "Crosstalk.",
                    .caption = "Error energy of a Hebbian memory: every pair adds its share, whatever the size.",
                    .x = {"predicted, (N - 1) / d", "", true},
                    .y = {"measured error energy", "", true}};
    picture.series = {{"measured", {"trials/crosstalk/law"}, {"trials/crosstalk/energy"}, Mark::points},
                      {"law", {"trials/crosstalk/law"}, {"trials/crosstalk/law"}, Mark::dashed}};
    run_.output.add(std::move(picture));
  }

  // ---- 2: capacity --------------------------------------------------------------------------------------------------

  /// The largest N in [1, most] for which `holds`, which is true for small N and false for large ones.
  static std::size_t largest(std::size_t most, const std::function<bool(std::size_t)>& holds) {
    std::size_t low = 1, high = most + 1;
    while (high - low > 1) {
      const auto middle = (low + high) / 2;
      (holds(middle) ? low : high) = middle;
    }
    return low;
  }

  void capacity() {
    TrialTable table{"capacity", "largest number of pairs, one row per length of keys"};
    table.columns = {{"d_key", "", "length of keys"},
                     {"average", "", "mean error energy within the tolerance"},
                     {"every_pair", "", "every pair of every draw disturbed by less than 1"},
                     {"adversarial", "", "the same for keys with products 1 / sqrt(d), equal values"}};
    for (const double d : params_.capacity_lengths) {
      const auto module = with("hebb", static_cast<int>(d));
      const auto most = static_cast<std::size_t>(d);
      const auto every_below_one = [](const Recall& recall) {
        return *std::max_element(recall.energies.begin(), recall.energies.end()) < 1;
      };
      const auto draws_hold = [&](std::size_t pairs) {
        const auto holds = stages_.rows(draws(), 1, [&](std::size_t k, std::span<double> row) {
          row[0] = every_below_one(recall_of_draw(module, k, pairs)) ? 1 : 0;
        });
        return std::all_of(holds.begin(), holds.end(), [](double hold) { return hold != 0; });
      };
      table.columns[0].values.push_back(d);
      table.columns[1].values.push_back(static_cast<double>(
          largest(most, [&](std::size_t n) { return mean_recall(module, n).energy <= params_.tolerated; })));
      table.columns[2].values.push_back(static_cast<double>(largest(most, draws_hold)));
      table.columns[3].values.push_back(static_cast<double>(largest(most - 1, [&](std::size_t n) {
        stages_.pause();
        return every_below_one(recall_after(module, adversarial_pairs(n, module)));
      })));
    }
    const auto slope = [&](std::size_t c) { return slope_of(table.columns[0].values, table.columns[c].values); };
    metric("capacity_slope_average", slope(1), "log-log slope of average-case capacity over d; theory 1");
    metric("capacity_slope_every_pair", slope(2), "the same where every pair of every draw must be read");
    metric("capacity_slope_adversarial", slope(3), "log-log slope of worst-case capacity; theory 0.5");
    run_.output.add(std::move(table));
    Picture picture{
        .name = "capacity",
        .title = "Capacity.",
        .caption = "Pairs that a Hebbian memory holds: on average in proportion to d, in the worst case to its root.",
        .x = {"length of keys d", "", true},
        .y = {"pairs", "", true}};
    for (const auto& [label, column] :
         {std::pair{"on average", "average"}, {"every pair", "every_pair"}, {"worst case", "adversarial"}})
      picture.series.push_back({label, {"trials/capacity/d_key"}, {std::string("trials/capacity/") + column}});
    run_.output.add(std::move(picture));
  }

  // ---- 3: rules ----------------------------------------------------------------------------------------------------

  void rules() {
    const auto d = static_cast<std::size_t>(module_.d_key);
    const std::vector<std::string> names{"hebb", "decay", "delta", "oja", "softmax"};
    TrialTable table{"rules", "error energy per rule at N = d / 2"};
    table.columns = {{"one_pass", "", "all pairs written once"}, {"many_passes", "", "written again and again"}};
    TrialTable order{"order", "error energy by position at N = d / 2, one pass"};
    order.columns.push_back({"position", "", "in order of writing", std::vector<double>(d / 2)});
    for (std::size_t j = 0; j < d / 2; ++j) order.columns[0].values[j] = static_cast<double>(j + 1);
    Picture recency{
        .name = "order",
        .title = "Who is remembered.",
        .caption = "Error of every pair after one pass: the delta rule favours the last, Hebb treats all alike.",
        .x = {"position in order of writing"},
        .y = {"error energy"}};
    for (const auto& name : names) {
      const auto module = with(name.c_str(), module_.d_key);
      const auto once = mean_recall(module, d / 2, 1, false, true),
                 often = mean_recall(module, d / 2, name == "softmax" ? 1 : params_.passes);
      table.columns[0].values.push_back(once.energy);
      table.columns[1].values.push_back(often.energy);
      metric("energy_" + name, once.energy, "error energy at N = d / 2 after one pass");
      order.columns.push_back({name, "", "error energy", once.energies});
      recency.series.push_back({name, {"trials/order/position"}, {"trials/order/" + name}});
    }
    const auto delta = with("delta", module_.d_key), hebb = with("hebb", module_.d_key);
    metric("delta_last_pair", order.columns[3].values.back(), "delta rule: error of the pair that was written last");
    metric("delta_first_pair", order.columns[3].values.front(), "delta rule: error of the pair that was written first");
    metric("delta_many_passes", mean_recall(delta, d / 2, params_.passes).energy,
           "delta rule at N = d / 2 after many passes");
    metric("delta_overloaded", mean_recall(delta, 2 * d, params_.passes).energy,
           "delta rule at N = 2 d after many passes");
    metric("hebb_overloaded", mean_recall(hebb, 2 * d).energy, "Hebb at N = 2 d");
    run_.output.add(std::move(table));
    run_.output.add(std::move(order));
    Picture bars{.kind = Picture::Kind::bars,
                 .name = "rules",
                 .title = "Rules.",
                 .caption = fmt::format(
                     "Error energy at N = d / 2 after one pass and after {}; Hebb, which only adds, grows with "
                     "every pass (bars are cut at 1.5).",
                     params_.passes),
                 .y = {"error energy"}};
    bars.y.low = 0, bars.y.high = 1.5;
    bars.series = {{"one pass", {}, {"trials/rules/one_pass"}}, {"many passes", {}, {"trials/rules/many_passes"}}};
    bars.categories = names;
    run_.output.add(std::move(bars));
    run_.output.add(std::move(recency));
    auto memory = written(delta, random_pairs(run_.experiment.seed, 0, d / 2, delta), 1);
    run_.output.add(NamedHash{"delta", state_hash(memory.state())});
  }

  // ---- 4: heads ----------------------------------------------------------------------------------------------------

  void heads() {
    const auto module = with("hebb", module_.d_key);
    const auto pairs = static_cast<std::size_t>(module_.d_key) / 2;
    const auto most = static_cast<std::size_t>(*std::max_element(params_.heads.begin(), params_.heads.end()));
    TrialTable table{"heads", "error energy of the mean over heads with keys of their own"};
    table.columns = {
        {"heads", "", "H", params_.heads}, {"energy", "", "measured", {}}, {"law", "", "of one head / H", {}}};
    const auto energies = stages_.rows(draws(), params_.heads.size(), [&](std::size_t k, std::span<double> row) {
      std::ranges::copy(heads_of_draw(module, pairs, most, k), row.begin());
    });
    double worst = 0, one_head = 0;
    for (std::size_t i = 0; i < params_.heads.size(); ++i) {
      double mean = 0;
      for (std::size_t k = 0; k < draws(); ++k)
        mean += energies[k * params_.heads.size() + i] / static_cast<double>(draws());
      if (i == 0) one_head = mean * params_.heads[0];
      table.columns[1].values.push_back(mean);
      table.columns[2].values.push_back(one_head / params_.heads[i]);
      worst = std::max(worst, std::abs(mean * params_.heads[i] / one_head - 1));
    }
    metric("heads_worst_ratio", worst, "largest relative deviation of the error energy from that of one head / H");
    run_.output.add(std::move(table));
    Picture picture{.name = "heads",
                    .title = "Averaging over heads.",
                    .caption = "Independent memories of the same pairs: the error of their mean falls as 1 / H.",
                    .x = {"heads", "", true},
                    .y = {"error energy", "", true}};
    picture.series = {{"measured", {"trials/heads/heads"}, {"trials/heads/energy"}, Mark::points},
                      {"1 / H", {"trials/heads/heads"}, {"trials/heads/law"}, Mark::dashed}};
    run_.output.add(std::move(picture));
  }

  /// One draw of values, bound in every head to keys of its own: energy of the mean output for each number of heads.
  std::vector<double> heads_of_draw(const Module& module, std::size_t pairs, std::size_t most, std::size_t k) {
    const auto values = unit_vectors(run_.experiment.seed, 2, k, pairs, static_cast<std::size_t>(module.d_value));
    Vectors sums(pairs, std::vector<double>(static_cast<std::size_t>(module.d_value)));
    std::vector<double> energies(params_.heads.size());
    for (std::size_t head = 1; head <= most; ++head) {
      stages_.pause();
      const auto keys = unit_vectors(run_.experiment.seed, 2 + static_cast<std::uint32_t>(head), k, pairs,
                                     static_cast<std::size_t>(module.d_key));
      const auto memory = written(module, {keys, values}, 1);
      for (std::size_t j = 0; j < pairs; ++j) {
        const auto y = memory.read(keys[j]);
        for (std::size_t a = 0; a < y.size(); ++a) sums[j][a] += y[a];
      }
      for (std::size_t i = 0; i < params_.heads.size(); ++i) {
        if (params_.heads[i] != static_cast<double>(head)) continue;
        for (std::size_t j = 0; j < pairs; ++j) {
          auto mean = sums[j];
          for (auto& y : mean) y /= static_cast<double>(head);
          energies[i] += distance(mean, values[j]) / static_cast<double>(pairs);
        }
      }
    }
    return energies;
  }

  const ProtocolRun& run_;
  Module module_;
  Params params_;
  Stages stages_;
};

ProtocolOutcome run(const ProtocolRun& run) { return Experiments(run).all(); }

void check(const ModelArguments& module_arguments, const ModelArguments& arguments, std::vector<Problem>& problems) {
  const auto chosen = params().read(arguments);
  if (AssociativeMemory::params().read(module_arguments).d_key < 4)
    problems.push_back({{}, "module.params.d_key", "is too short for these experiments", "write at least 4"});
  for (const double d : chosen.capacity_lengths)
    if (d < 4)
      problems.push_back(
          {{}, "protocol.params.capacity_lengths", "keys shorter than 4 hold nothing", "write at least 4"});
  if (chosen.heads.empty())
    problems.push_back({{}, "protocol.params.heads", "is empty", "write for example [1, 2, 4]"});
}

}  // namespace

ProtocolInfo recall_protocol() {
  return {.name = "recall",
          .summary = "what an associative memory holds: crosstalk, capacity, rules, heads (Qiao 2025)",
          .modules = {std::string(AssociativeMemory::name)},
          .params = params().infos(),
          .run = run,
          .check = check,
          .spans_ranks = true};
}

}  // namespace spikeloom::experiments
