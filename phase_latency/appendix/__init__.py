"""The verification appendix: a record, printed for authors (LaTeX, PDF), reviewers (one page) and machines (JSON).

    record files -> gathering -> record -> view -> printing (templates) -> writing -> a folder
                                        -> drawing (figures)           ->

Everything that is shown is made of the record; nothing is computed here.
"""

from phase_latency.appendix.gathering import chosen as chosen
from phase_latency.appendix.gathering import finished as finished
from phase_latency.appendix.gathering import read_records as read_records
from phase_latency.appendix.writing import FORMATS as FORMATS
from phase_latency.appendix.writing import Format as Format
from phase_latency.appendix.writing import parse_formats as parse_formats
from phase_latency.appendix.writing import write_appendix as write_appendix
