/// The catalogue of classical phenomena as schedules of trials: what is shown to whom, and what should come of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "networks/conditioning/rescorla_wagner.hpp"

namespace spikeloom {

/// So many trials: the kinds in turn, or each drawn at random with equal probability.
struct Phase {
  std::vector<TrialKind> kinds;
  int trials = 0;
  bool random = false;
};

/// What is done to one group of animals.
struct Group {
  std::string name;  // "blocked", "control"
  std::vector<Phase> phases;
};

/// A number to be measured: the strength of stimuli in a group at the end, or with `criterion` > 0 the number of trials
/// of the last phase until the strength first reaches it (the length of the phase + 1 if it never does).
struct Measure {
  std::string name, group, stimuli, doc;
  double criterion = 0;
};

struct Phenomenon {
  std::string name, title, expected;
  std::vector<double> saliences;  // of A, B, ...; 0: the module's alpha
  std::vector<Group> groups;
  std::vector<Measure> measures;
  std::string shown;  // stimuli in the picture
};

/// In the order of the specification.
const std::vector<Phenomenon>& phenomenon_catalogue();
const Phenomenon* find_phenomenon(std::string_view name);
std::vector<std::string> phenomenon_names();

}  // namespace spikeloom
