/// The phenomena, one entry each.
#include "networks/conditioning/schedules.hpp"

#include <algorithm>

namespace spikeloom {
namespace {

constexpr double us = 1, large_us = 2, none = 0;

std::vector<Phenomenon> make_catalogue() {
  return {
      {"acquisition",
       "Acquisition",
       "V_A rises, ever more slowly, to lambda",
       {0},
       {{"paired", {{{{"A", us}}, 50}}}},
       {{"v_a", "paired", "A", "V_A after 50 A+"}},
       "A"},
      {"extinction",
       "Extinction",
       "V_A falls to 0 when the US no longer comes",
       {0},
       {{"extinguished", {{{{"A", us}}, 50}, {{{"A", none}}, 100}}}},
       {{"v_a", "extinguished", "A", "V_A after 50 A+ and 100 A-"}},
       "A"},
      {"partial_reinforcement",
       "Partial reinforcement",
       "V_A fluctuates around lambda beta_us / (beta_us + beta_none)",
       {0},
       {{"half", {{{{"A", us}, {"A", none}}, 400, true}}}, {"always", {{{{"A", us}}, 400}}}},
       {{"v_a", "half", "A", "V_A after 400 trials, half of them reinforced"}},
       "A"},
      {"blocking",
       "Blocking",
       "B, added to A that already predicts the US, gains almost nothing",
       {0, 0},
       {{"blocked", {{{{"A", us}}, 100}, {{{"AB", us}}, 100}}}, {"control", {{{{"AB", us}}, 100}}}},
       {{"v_b", "blocked", "B", "V_B after A+ and AB+"}, {"v_b_control", "control", "B", "V_B after AB+ alone"}},
       "AB"},
      {"unblocking",
       "Unblocking",
       "a larger US with AB lets B gain strength after all",
       {0, 0},
       {{"unblocked", {{{{"A", us}}, 100}, {{{"AB", large_us}}, 100}}}},
       {{"v_b", "unblocked", "B", "V_B after A+ and AB with twice the US"}},
       "AB"},
      {"overshadowing",
       "Overshadowing",
       "stimuli share lambda in the ratio of their saliences",
       {0.4, 0.2},
       {{"compound", {{{{"AB", us}}, 100}}}, {"alone", {{{{"B", us}}, 100}}}},
       {{"v_a", "compound", "A", "V_A after AB+, salience 0.4"},
        {"v_b", "compound", "B", "V_B after AB+, salience 0.2"},
        {"v_b_alone", "alone", "B", "V_B after B+"}},
       "AB"},
      {"conditioned_inhibition",
       "Conditioned inhibition",
       "B, which announces that the US will not come, turns negative",
       {0, 0, 0},
       {{"inhibitor", {{{{"A", us}, {"AB", none}}, 800}}},
        {"summation", {{{{"A", us}, {"AB", none}}, 800}, {{{"C", us}}, 100}}},
        {"retardation", {{{{"A", us}, {"AB", none}}, 800}, {{{"B", us}}, 100}}},
        {"new", {{{{"B", us}}, 100}}}},
       {{"v_b", "inhibitor", "B", "V_B after 400 pairs of A+ and AB-"},
        {"v_bc", "summation", "BC", "V of the inhibitor together with C, trained alone to 1"},
        {"trials_retarded", "retardation", "B", "trials of B+ until V_B = 0.5, after inhibition", 0.5},
        {"trials_new", "new", "B", "trials of B+ until V_B = 0.5, of a new stimulus", 0.5}},
       "AB"},
      {"overexpectation",
       "Overexpectation",
       "A and B, each worth lambda, fall to lambda / 2 when shown together",
       {0, 0},
       {{"compound", {{{{"A", us}, {"B", us}}, 200}, {{{"AB", us}}, 100}}}},
       {{"v_a", "compound", "A", "V_A after A+, B+ and AB+"}, {"v_b", "compound", "B", "V_B, likewise"}},
       "AB"},
      {"super_conditioning",
       "Super-conditioning",
       "C beside an inhibitor gains more than lambda",
       {0, 0, 0.5},
       {{"with_inhibitor", {{{{"A", us}, {"AB", none}}, 800}, {{{"BC", us}}, 100}}}, {"alone", {{{{"C", us}}, 100}}}},
       {{"v_c", "with_inhibitor", "C", "V_C after BC+ beside the inhibitor B"},
        {"v_c_alone", "alone", "C", "V_C after C+"}},
       "BC"},
      {"latent_inhibition",
       "Latent inhibition",
       "A that was shown alone before is learned more slowly; needs associability",
       {0},
       {{"preexposed", {{{{"A", none}}, 20}, {{{"A", us}}, 40}}}, {"control", {{{{"A", us}}, 40}}}},
       {{"trials_preexposed", "preexposed", "A", "trials of A+ until V_A = 0.5, after 20 A-", 0.5},
        {"trials_control", "control", "A", "trials of A+ until V_A = 0.5", 0.5}},
       "A"},
      {"second_order",
       "Second-order conditioning",
       "trial by trial B only learns that the US will not come; in real time it would first gain strength",
       {0, 0},
       {{"second_order", {{{{"A", us}}, 100}, {{{"AB", none}}, 100}}}},
       {{"v_b", "second_order", "B", "V_B after A+ and BA-"}},
       "AB"},
      {"contingency",
       "Contingency degradation",
       "extra US in the context X take strength from A",
       {0, 0},
       {{"contingent", {{{{"AB", us}, {"B", none}}, 400}}}, {"degraded", {{{{"AB", us}, {"B", us}}, 400}}}},
       {{"v_a", "contingent", "A", "V_A, the US only with A (B is the context)"},
        {"v_a_degraded", "degraded", "A", "V_A, the US also without A"}},
       "AB"},
      {"reacquisition",
       "Reacquisition",
       "no faster than the first time: the rule keeps no other trace (reported, not required)",
       {0},
       {{"again", {{{{"A", us}}, 50}, {{{"A", none}}, 150}, {{{"A", us}}, 50}}}, {"first", {{{{"A", us}}, 50}}}},
       {{"trials_again", "again", "A", "trials until V_A = 0.5, the second time", 0.5},
        {"trials_first", "first", "A", "trials until V_A = 0.5, the first time", 0.5}},
       "A"},
      {"negative_patterning",
       "Negative patterning",
       "A+, B+, AB- needs a unit for the compound (C)",
       {0, 0, 0},
       {{"configural", {{{{"A", us}, {"B", us}, {"ABC", none}}, 1800}}},
        {"elements", {{{{"A", us}, {"B", us}, {"AB", none}}, 1800}}}},
       {{"v_a", "configural", "A", "V_A with the configural unit"},
        {"v_compound", "configural", "ABC", "V of the compound with the configural unit"},
        {"v_a_elements", "elements", "A", "V_A without it"},
        {"v_compound_elements", "elements", "AB", "V of the compound without it"}},
       "ABC"},
      {"positive_patterning",
       "Positive patterning",
       "A-, B-, AB+ needs a unit for the compound (C) to be exact",
       {0, 0, 0},
       {{"configural", {{{{"A", none}, {"B", none}, {"ABC", us}}, 1800}}},
        {"elements", {{{{"A", none}, {"B", none}, {"AB", us}}, 1800}}}},
       {{"v_a", "configural", "A", "V_A with the configural unit"},
        {"v_compound", "configural", "ABC", "V of the compound with the configural unit"},
        {"v_a_elements", "elements", "A", "V_A without it"},
        {"v_compound_elements", "elements", "AB", "V of the compound without it"}},
       "ABC"}};
}

}  // namespace

const std::vector<Phenomenon>& phenomenon_catalogue() {
  static const auto catalogue = make_catalogue();
  return catalogue;
}

const Phenomenon* find_phenomenon(std::string_view name) {
  const auto& catalogue = phenomenon_catalogue();
  const auto found =
      std::find_if(catalogue.begin(), catalogue.end(), [&](const auto& one) { return one.name == name; });
  return found == catalogue.end() ? nullptr : &*found;
}

std::vector<std::string> phenomenon_names() {
  std::vector<std::string> names;
  for (const auto& phenomenon : phenomenon_catalogue()) names.push_back(phenomenon.name);
  return names;
}

}  // namespace spikeloom
