/// The catalogue entry of delay_stdp.
#include "plasticity/rules/delay_stdp.hpp"

#include "plasticity/rules/rules.hpp"

namespace spikeloom {
namespace {

ParamInfo choice(const char* name, const char* doc, std::vector<std::string> choices) {
  ParamInfo info{.name = name, .unit = "", .doc = doc, .kind = ParamKind::choice, .per_neuron = false};
  info.default_text = choices.front();
  info.choices = std::move(choices);
  return info;
}

void check(const RuleArguments& arguments, double resolution, std::vector<Problem>& problems) {
  check_delay_bounds(arguments, resolution, problems);
  const auto p = params_of(DelayStdp::params, arguments);
  if (p.c > 0 && p.c < std::max(p.b_plus, p.b_minus))
    problems.push_back({{},
                        "c",
                        "c is smaller than a step of the delay, so that delays could fall below 0",
                        "let c be at least b_plus and b_minus, or 0"});
}

}  // namespace

RuleInfo delay_stdp_rule() {
  RuleInfo info;
  info.name = DelayStdp::name;
  info.summary = "weights and delays by the time between arrival and target spike (Nadafian & Ganjtabesh 2020)";
  info.equations =
      "lag = t_post - t_pre - d, for nearest pairs;  s = 1 (sign: published) or -1 (sign: aligning)\n"
      "lag >= 0: w += w_max a_plus exp(-lag / tau_plus),  d -= s b_minus exp(-lag / sigma_minus)\n"
      "lag < 0:  w -= w_max a_minus exp(lag / tau_minus), d += s b_plus exp(lag / sigma_plus)\n"
      "window: flat puts 1 for exp(-|lag| / sigma) where |lag| <= sigma (Wang et al. 2013 with sign: aligning)\n"
      "all of the delay lies before the synapse; a spike in flight keeps the delay it left with";
  info.params = param_infos(DelayStdp::params);
  for (auto& param : info.params) param.per_neuron = false;
  info.params.push_back(
      choice("sign", "of the delay window: published (s = 1) or aligning (s = -1)", {"published", "aligning"}));
  info.params.push_back(choice("window", "form of the delay window", {"exponential", "flat"}));
  for (auto& param : delay_bound_params()) info.params.push_back(std::move(param));
  info.columns = {{"weight", std::string(unit_of_weight), "weight"},
                  {"delay", "ms", "delay of spikes that leave now, between grid points"}};
  info.bytes_per_synapse = DelaySynapses<DelayStdp>::bytes_per_synapse;
  info.changes_delays = true;
  info.check = check;
  info.shortest_delay = shortest_learned_delay;
  info.make = [](const RuleRequest& request) -> std::unique_ptr<PlasticProjection> {
    return std::make_unique<DelaySynapses<DelayStdp>>(request);
  };
  return info;
}

}  // namespace spikeloom
