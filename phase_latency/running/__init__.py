"""Long work as many small tasks: the one runner behind every sweep and experiment.

    tasks      JSON values; the identity of each is a hash of the work's name and version and of the task
    journal    a header that names the work and its tasks, then one line for each finished task
    resume     hold the header against the tasks, read the lines, leave out what is finished
    pool       this process, local processes, or the workers of a cluster; one thread for each task
    attempt    call the function in a worker; an exception is the outcome of its task and stops no other
    record     append the outcome to the journal the moment it arrives, one write, flushed to the disk
    death      what ran when a worker died is run again, at last by itself, where a second death can only be its own
    deadline   no task begins after it; a function that knows it stops by itself, and is unfinished, not failed
    return     the outcomes in the order of the tasks, whatever the order in which they finished

A function that needs a folder, say for checkpoints, takes it by `functools.partial`; `identity` names a file in it.
"""

from phase_latency.running.runner import run as run
from phase_latency.running.tasks import Outcome as Outcome
from phase_latency.running.tasks import UnfinishedError as UnfinishedError
from phase_latency.running.tasks import Work as Work
from phase_latency.running.tasks import identity as identity
