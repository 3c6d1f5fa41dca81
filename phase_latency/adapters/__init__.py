"""Encodings of any origin, brought into the one form that checks look at.

anything --adapt--> Subject        library:encoding --library_subject--> Subject
FILE.py:OBJECT --load_subject--> Subject
"""

from phase_latency.adapters.adapting import adapt as adapt
from phase_latency.adapters.libraries import library_names as library_names
from phase_latency.adapters.libraries import library_subject as library_subject
from phase_latency.adapters.loading import UserCodeError as UserCodeError
from phase_latency.adapters.loading import load as load
from phase_latency.adapters.loading import load_subject as load_subject
from phase_latency.adapters.subject import KINDS as KINDS
from phase_latency.adapters.subject import Declared as Declared
from phase_latency.adapters.subject import Kind as Kind
from phase_latency.adapters.subject import Subject as Subject
