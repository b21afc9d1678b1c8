/// Delay-adjusted STDP: weights and delays change with the time between arrival and target spike (Nadafian & Ganjtabesh
/// 2020, arXiv 2011.09380), with the published sign of the delay window and with the opposite one.
///
///     lag = t_post - t_pre - d        (> 0: the input arrived before the spike)
///     dw  =  w_max a_plus exp(-lag / tau_plus)       lag >= 0,     -w_max a_minus exp(lag / tau_minus)   lag < 0
///     dd  = -s b_minus exp(-lag / sigma_minus)       lag >= 0,      s b_plus exp(lag / sigma_plus)       lag < 0
///
/// published (s = 1): inputs that contribute arrive earlier and earlier, late ones are pushed away; a delay below c no
/// longer changes, which keeps it above 0 if c >= b. aligning (s = -1): every arrival is pulled onto the target's
/// spike; with a flat window this is the sign rule of Wang et al. (2013, Front Neurosci 7:14).
#pragma once

#include "core/models/exponential.hpp"
#include "plasticity/delay_synapses.hpp"

namespace spikeloom {

struct DelayStdp {
  static constexpr std::string_view name = "delay_stdp";

  struct Params {
    double tau_plus = 15, tau_minus = 15, a_plus = 0.004, a_minus = 0.003;
    double sigma_plus = 10, sigma_minus = 10, b_plus = 0.02, b_minus = 0.02, c = 0.5;
  };
  static constexpr std::array params = {
      Field{"tau_plus", &Params::tau_plus, "ms", "width of the weight window for arrivals before the spike", positive},
      Field{"tau_minus", &Params::tau_minus, "ms", "width of the weight window for arrivals after the spike", positive},
      Field{"a_plus", &Params::a_plus, "", "largest step of the weight upwards, relative to w_max", non_negative},
      Field{"a_minus", &Params::a_minus, "", "largest step of the weight downwards, relative to w_max", non_negative},
      Field{"sigma_plus", &Params::sigma_plus, "ms", "width of the delay window for arrivals after the spike",
            positive},
      Field{"sigma_minus", &Params::sigma_minus, "ms", "width of the delay window for arrivals before the spike",
            positive},
      Field{"b_plus", &Params::b_plus, "ms", "largest step of the delay for arrivals after the spike", non_negative},
      Field{"b_minus", &Params::b_minus, "ms", "largest step of the delay for arrivals before the spike", non_negative},
      Field{"c", &Params::c, "ms", "sign: published: a delay below this no longer changes; 0: there is no such limit",
            non_negative}};

  struct Kernel {
    double a_plus, a_minus, tau_plus, tau_minus;
    double after, before;  // signed steps of the delay for arrivals after and before the spike
    double sigma_plus, sigma_minus, stop;
    bool flat;
  };
  static Kernel prepare(const RuleArguments& arguments, const DelayBounds& bounds) {
    const auto p = params_of(params, arguments);
    const auto is = [&](const char* key, const char* word) {
      const auto text = arguments.texts.find(key);
      return text != arguments.texts.end() && text->second == word;
    };
    const bool aligning = is("sign", "aligning");
    const double s = aligning ? -1 : 1;
    return {p.a_plus * bounds.w_max,
            p.a_minus * bounds.w_max,
            p.tau_plus,
            p.tau_minus,
            s * p.b_plus,
            -s * p.b_minus,
            p.sigma_plus,
            p.sigma_minus,
            aligning ? 0.0 : p.c,
            is("window", "flat")};
  }

  static void on_pair(const Kernel& k, DelaySynapse& synapse, double lag) noexcept {
    const bool before = lag >= 0;
    const double distance = before ? lag : -lag;
    synapse.weight +=
        before ? k.a_plus * exponential(-distance / k.tau_plus) : -k.a_minus * exponential(-distance / k.tau_minus);
    if (synapse.delay < k.stop) return;
    const double sigma = before ? k.sigma_minus : k.sigma_plus;
    const double window = k.flat ? (distance <= sigma ? 1.0 : 0.0) : exponential(-distance / sigma);
    synapse.delay += (before ? k.before : k.after) * window;
  }
};

}  // namespace spikeloom
