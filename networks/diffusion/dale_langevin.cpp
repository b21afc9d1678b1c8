/// Parameters and equations of the multiplicative diffusion model.
#include "networks/diffusion/dale_langevin.hpp"

namespace spikeloom {
namespace {

constexpr Predicate whole{[](double x) { return std::isfinite(x) && x >= 0 && x == std::floor(x); },
                          "must be a whole number, 0 or more"};
constexpr Predicate share{[](double x) { return x > 0 && x <= 1; }, "must be above 0 and at most 1"};

}  // namespace

const ParamTable<DaleLangevinParams>& DaleLangevinParams::table() {
  using P = DaleLangevinParams;
  static const ParamTable<P> table{
      {"sigma", &P::sigma, "", "deviation of log x by noise, at t = 1", positive},
      {"drift", &P::drift, "", "of log x by time 1: mu - sigma^2 / 2"},
      {"sampler", &P::sampler, "", "keeps signs (multiplies by exponentials), or need not", finite, sampler_names()},
      {"steps", &P::steps, "", "N: times of the way back", whole_positive},
      {"grid", &P::grid, "", "times are (k / N)^grid: above 1, more of them are early", positive},
      {"step", &P::step, "", "length of an update over the time from one grid point to the next", positive},
      {"repeats", &P::repeats, "", "updates at each time", whole_positive},
      {"anneal", &P::anneal, "", "factor on the amplitude of the noise after every time", share},
      {"polish", &P::polish, "", "further updates without noise at the end", whole}};
  return table;
}

SamplerOptions DaleLangevinParams::sampling() const {
  return {.kind = sampler == "dale" ? SamplerOptions::Kind::dale : SamplerOptions::Kind::unconstrained,
          .steps = steps,
          .repeats = repeats,
          .polish = static_cast<int>(polish),
          .grid = grid,
          .step = step,
          .anneal = anneal};
}

ModuleInfo dale_langevin_module() {
  return {.name = std::string(DaleLangevinParams::module),
          .summary = "diffusion with noise that multiplies: samples keep their signs (Shetty et al. 2025)",
          .params = DaleLangevinParams::table().infos(),
          .equations =
              "dx = mu x dt + sigma x dW,   log x_t = log x_0 + drift t + sigma sqrt(t) z,   mu = drift + sigma^2 / 2\n"
              "h = x dlog p_t(x)/dx\n"
              "dale:          x *= exp(d (sigma^2 h - mu + 3/2 sigma^2) + sigma sqrt(d) z)\n"
              "unconstrained: x *= 1 + d (sigma^2 h - mu + 2 sigma^2) + sigma sqrt(d) z\n"};
}

}  // namespace spikeloom
