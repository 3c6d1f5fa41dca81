"""The paper's experiments, and those that test what they claim.

    study      ->  configurations (task, encoding, seed, change)          studies, configuration
    run        ->  a small transformer, trained, with checkpoints         training, model, positional, tasks
    cells      ->  all seeds of a configuration: mean and interval        cells, intervals
    answers    ->  each question with a word and its numbers              asking, answers, predicting, claims
    record     ->  plain values for files, README.md and the appendix     record, results_files, conducting

Runs go over the one runner (`phase_latency.running`), so they are resumable, parallel, and can leave the machine.
"""

from phase_latency.experiments.conducting import Conducted as Conducted
from phase_latency.experiments.conducting import conduct as conduct
from phase_latency.experiments.configuration import Configuration as Configuration
from phase_latency.experiments.runs import Ran as Ran
from phase_latency.experiments.runs import run_studies as run_studies
from phase_latency.experiments.studies import STUDIES as STUDIES
from phase_latency.experiments.studies import Study as Study
from phase_latency.experiments.studies import study as study
from phase_latency.experiments.training import trained as trained
