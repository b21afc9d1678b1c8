/// What users can say of monotone deep Boltzmann machines, and the layers that come of it.
#include "networks/boltzmann/monotone_dbm.hpp"

namespace spikeloom {
namespace {

constexpr Predicate open_share{[](double x) { return x > 0 && x < 1; }, "must lie between 0 and 1, both excluded"};
constexpr Predicate share_of_step{[](double x) { return x > 0 && x <= 1; }, "must be above 0 and at most 1"};
constexpr Predicate below_one_share{[](double x) { return x >= 0 && x < 1; }, "must be at least 0 and below 1"};
constexpr Predicate whole_number{[](double x) { return std::isfinite(x) && x >= 0 && x == std::floor(x); },
                                 "must be a whole number, 0 or more"};
constexpr Predicate some_states{[](double x) { return x >= 2 && x <= 256 && x == std::floor(x); },
                                "must be a whole number from 2 to 256"};

void check_monotone_dbm(const ModelArguments& arguments, std::vector<Problem>& problems) {
  const auto given = MonotoneDbmParams::table().read(arguments);
  const auto complain = [&](const char* name, std::string what, std::string hint) {
    problems.push_back({{}, name, std::move(what), std::move(hint)});
  };
  for (const double width : given.hidden)
    if (static_cast<int>(width) % given.states != 0)
      complain("hidden", "is not a multiple of `states`", "groups of states are whole: change either");
  if (given.network == "convolutional" && given.hidden.empty())
    complain("hidden", "a convolutional network needs a hidden layer", "give at least one number of channels");
  if (given.network == "convolutional" && given.features > 0)
    complain("features", "is for dense networks", "leave it out: a convolutional one has those of its layers");
  if (given.eta_end > given.eta) complain("eta_end", "is above eta", "lower it");
}

}  // namespace

const ParamTable<MonotoneDbmParams>& MonotoneDbmParams::table() {
  using P = MonotoneDbmParams;
  static const ParamTable<P> table{
      {"network",
       &P::network,
       "",
       "kernels of 3 x 3 within and between neighbouring layers, or all groups coupled to all",
       finite,
       {"convolutional", "dense"}},
      {"levels", &P::levels, "", "grey levels of a pixel: states of its group", some_states},
      {"hidden", &P::hidden, "",
       "channels at half, a quarter, ... of the size; dense: numbers of a layer; in all states", whole_positive},
      {"states", &P::states, "", "of a hidden group", some_states},
      {"features", &P::features, "", "rows of A of a dense network; 0: as many as it has columns", whole_number},
      {"margin", &P::margin, "", "m: I - Phi is at least so large", open_share},
      {"monotone", &P::monotone, "", "weights are scaled so that this holds; false: they are free"},
      {"centred", &P::centred, "",
       "weights act on what deviates from the mean of the training images (hidden groups: from uniform ones)"},
      {"scale", &P::scale, "", "of the initial weights", positive},
      {"alpha", &P::alpha, "", "damping of the iteration, halved where it does not converge", share_of_step},
      {"tolerance", &P::tolerance, "", "relative change at which an iteration ends", positive},
      {"iterations", &P::iterations, "", "at most, before alpha is halved", whole_positive},
      {"visible", &P::visible, "", "share of the pixels that are seen", below_one_share},
      {"focus", &P::focus, "", "gamma of the focal loss of hidden pixels", non_negative},
      {"balance", &P::balance, "",
       "beta: weights of grey levels are (1 - beta) / (1 - beta^n), n their number in a batch", below_one_share},
      {"heat", &P::heat, "", "tau^2, on logits in the loss: what learning begins with", positive},
      {"label_weight", &P::label_weight, "", "share of the class in the loss", fraction},
      {"eta", &P::eta, "", "learning rate (Adam)", non_negative},
      {"schedule", &P::schedule, "", "of the learning rate over the epochs", finite, {"cosine", "constant"}},
      {"eta_end", &P::eta_end, "", "of the cosine: what eta falls to", non_negative}};
  return table;
}

CouplingPlan MonotoneDbmParams::plan(Shape images, std::uint32_t classes) const {
  const auto grey = static_cast<std::size_t>(levels), of_hidden = static_cast<std::size_t>(states);
  const bool dense = network == "dense";
  CouplingPlan plan;
  Shape shape{images.height, images.width, images.channels * grey};
  plan.layers.push_back({"pixels", shape, grey});
  for (std::size_t k = 0; k < hidden.size(); ++k) {
    const auto width = static_cast<std::size_t>(hidden[k]);
    shape = dense ? Shape{1, 1, width} : Shape{(shape.height + 1) / 2, (shape.width + 1) / 2, width};
    plan.layers.push_back({"hidden_" + std::to_string(k + 1), shape, of_hidden});
  }
  if (classes > 0) plan.layers.push_back({"label", {1, 1, classes}, classes});
  if (dense) {
    std::size_t all = 0;
    for (const auto& layer : plan.layers) all += layer.shape.size();
    plan.maps.push_back({1, 1, features > 0 ? static_cast<std::size_t>(features) : all});
    for (std::size_t l = 0; l < plan.layers.size(); ++l) plan.links.push_back({l, 0, 0});
    return plan;
  }
  for (std::size_t l = 0; l < plan.layers.size(); ++l) {
    const bool is_label = classes > 0 && l + 1 == plan.layers.size();
    plan.maps.push_back(plan.layers[l].shape);
    plan.links.push_back({l, l, is_label ? std::size_t{0} : std::size_t{1}});
    if (l > 0) plan.links.push_back({l - 1, l, is_label ? std::size_t{0} : std::size_t{2}});
  }
  return plan;
}

ModuleInfo monotone_dbm_module() {
  return {.name = std::string(MonotoneDbmParams::module),
          .summary = "Boltzmann machine with one mean-field fixed point: completes and classifies (Feng et al. 2023)",
          .params = MonotoneDbmParams::table().infos(),
          .equations =
              "ln p(x) = x^T Phi x / 2 + b^T x - ln Z;   x: groups of states, one of each group\n"
              "Phi = -S (A^T A - blkdiag(A^T A)) S,   s_i^2 = min(1, (1 - m) / |(A^T A)_ii|)   so that I - Phi >= m I\n"
              "q <- prox_alpha((1 - alpha) q + alpha (Phi q + b))   to the one q_i = softmax((Phi q + b)_i)\n"
              "prox_alpha(v): alpha ln p_j + (1 - alpha) p_j + alpha = v_j + nu, sum_j p_j = 1\n"
              "loss: hidden pixels -w_k (1 - p)^gamma ln p, p = softmax(tau^2 ln q); class -ln p\n",
          .check = check_monotone_dbm};
}

LearnerInfo monotone_dbm_learner() {
  return {.module = std::string(MonotoneDbmParams::module),
          .make = [](const ModelArguments& arguments, const LearningProblem& problem,
                     std::uint64_t seed) -> std::unique_ptr<Learner> {
            return std::make_unique<MonotoneDbm>(MonotoneDbmParams::table().read(arguments), problem, seed);
          },
          .kind = SampleKind::grey};
}

}  // namespace spikeloom
