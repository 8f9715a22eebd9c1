"""Where `Interval` used to be; it lies in `w2sdl_runtime.stats.intervals`."""

from w2sdl_runtime.stats.intervals import Interval as Interval
