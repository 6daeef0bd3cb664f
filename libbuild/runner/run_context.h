// What every part of a run works with.
#pragma once

#include "modulah/base/reporter.h"
#include "modulah/runner/run.h"

#include "deadline.h"
#include "run_cache.h"

namespace modulah::runner {

struct RunContext {
  const RunRequest& request;
  const RunCache& cache;
  const Deadline& deadline;
  Reporter& reporter;
};

}  // namespace modulah::runner
