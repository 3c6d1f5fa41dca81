"""Spiking neurons whose firing times are computed exactly, event by event: no time stepping anywhere."""

from phase_latency.spiking.nlif import NLIF as NLIF
