/// How a network of layers learns: the interface of layer-wise learning rules, and their catalogue.
///
/// A rule owns its networks and says what one mini-batch does to them. Backpropagation has one network; counter-current
/// learning a second one that runs the other way; rules to come own what they need (inverses, denoisers). A rule is one
/// file in plasticity/layers/rules/, a line in rule.cpp and a test.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "core/param_table.hpp"
#include "plasticity/layers/output_loss.hpp"
#include "plasticity/layers/stack.hpp"

namespace spikeloom {

/// Parameters that go downhill together: clipped to one norm, with one learning rate.
template <class Real>
struct ParameterGroup {
  std::string name;
  std::vector<Parameter<Real>> parameters;
};

template <class Real>
class LayerRule {
 public:
  virtual ~LayerRule() = default;

  /// Answers every sample, and changes nothing that learning does. The result is valid until the next call.
  virtual const Matrix<Real>& predict(const Matrix<Real>& inputs, const Pass& pass) = 0;
  /// Answers every sample, and gives all parameters the gradient of a mini-batch.
  virtual const LayerAnswers& learn(const LayerBatch<Real>& batch, const Pass& pass) = 0;

  virtual std::vector<ParameterGroup<Real>> groups() = 0;
  virtual std::vector<LayerColumn<Real>> statistics() = 0;

  /// Numbers about the networks as they are, for learning curves: name and doc of each, the same ones every time.
  struct Measure {
    std::string name, doc;
    double value = 0;
  };
  virtual std::vector<Measure> measures() { return {}; }
  /// Images of the classes, as an inner model of the rule has them, or nothing: one row each.
  virtual const Matrix<Real>* prototypes(const Pass&) { return nullptr; }
};

/// What a rule is made of. The networks are made on demand, since rules differ in what they need.
template <class Real>
struct LayerProblem {
  /// From the input to the answer; a rule that sends gradients down may ask for batch normalisation.
  std::function<Stack<Real>()> forward;
  /// The mirror image: from the answer to the input, level by level.
  std::function<Stack<Real>()> feedback;
  std::size_t classes = 0;  // 0: the answer is an image
  std::uint64_t seed = 0;
};

/// One line of the catalogue.
struct LayerRuleInfo {
  std::string name, summary, equations;
  std::vector<ParamInfo> params = {};
  std::unique_ptr<LayerRule<float>> (*make_float)(const ModelArguments&, const LayerProblem<float>&) = nullptr;
  std::unique_ptr<LayerRule<double>> (*make_double)(const ModelArguments&, const LayerProblem<double>&) = nullptr;

  template <class Real>
  std::unique_ptr<LayerRule<Real>> make(const ModelArguments& arguments, const LayerProblem<Real>& problem) const {
    if constexpr (sizeof(Real) == sizeof(float))
      return make_float(arguments, problem);
    else
      return make_double(arguments, problem);
  }
};

const std::vector<LayerRuleInfo>& layer_rule_catalogue();
const LayerRuleInfo* find_layer_rule(std::string_view name);

LayerRuleInfo counter_current_rule();
LayerRuleInfo backpropagation_rule();
LayerRuleInfo feedback_alignment_rule();
LayerRuleInfo direct_feedback_alignment_rule();

}  // namespace spikeloom
