"""A module of operations whose import hears no signal, as a long call into C does."""

from __future__ import annotations

import signal
import time

signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGTERM])
time.sleep(60)
