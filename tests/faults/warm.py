"""What the server process of `lives` imports and reads before it forks the first driver."""

from __future__ import annotations

import numpy as np
import safetensors.numpy
import threadpoolctl

from tests.faults import lives
from tests.faults.fault_graphs import MODULES
from w2sdl_runtime import provenance, registry
from w2sdl_runtime.backends import local_backend, pool_backend

LOADED = (np, safetensors.numpy, threadpoolctl, lives, local_backend, pool_backend)
registry.load_signatures(MODULES)
provenance.package_versions()
