"""Encodings of any origin, brought into the one form that checks look at."""

from phase_latency.adapters.subject import KINDS as KINDS
from phase_latency.adapters.subject import Declared as Declared
from phase_latency.adapters.subject import Kind as Kind
from phase_latency.adapters.subject import Subject as Subject
