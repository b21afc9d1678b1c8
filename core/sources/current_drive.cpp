/// One number per step, spread over the targets by their weights.
#include "core/sources/current_drive.hpp"

#include <cmath>
#include <string>
#include <utility>

namespace spikeloom {
namespace {

class CurrentDrive final : public Drive {
 public:
  CurrentDrive(const DriveRequest& request, CurrentCourse course, const std::vector<double>& amplitudes)
      : course_(std::move(course)), delay_(request.delay), weights_(request.weights.begin(), request.weights.end()) {
    if (amplitudes.empty()) return;
    if (weights_.size() == 1) weights_.resize(amplitudes.size(), weights_.front());
    for (std::size_t i = 0; i < weights_.size(); ++i)
      weights_[i] = static_cast<float>(double{weights_[i]} * amplitudes.at(i));
  }

  void add(Step step, std::uint32_t first, std::span<float> row) const override {
    const auto amplitude = static_cast<float>(course_(source_step(step, delay_)));
    if (amplitude == 0) return;
    if (weights_.size() == 1) {
      const float input = amplitude * weights_.front();
      for (float& current : row) current += input;
    } else {
      for (std::size_t i = 0; i < row.size(); ++i) row[i] += amplitude * weights_[first + i];
    }
  }

 private:
  CurrentCourse course_;
  Step delay_;
  std::vector<float> weights_;
};

}  // namespace

std::shared_ptr<const Drive> make_current_drive(const DriveRequest& request, CurrentCourse course,
                                                const std::vector<double>& amplitudes) {
  return std::make_shared<CurrentDrive>(request, std::move(course), amplitudes);
}

void require_whole_steps(const ModelArguments& arguments, std::string_view name, double fallback, double resolution,
                         std::vector<Problem>& problems) {
  const double steps = value_or(arguments, name, fallback) / resolution;
  if (std::round(steps) < 1 || std::abs(steps - std::round(steps)) > 1e-9 * steps)
    problems.push_back({{},
                        std::string(name),
                        std::string(name) + " must be a whole number of steps, at least one",
                        "give a multiple of the resolution"});
}

}  // namespace spikeloom
