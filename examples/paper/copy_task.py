"""The copy task of arXiv:2605.00662: the target is the next token, so every encoding solves it, and so does none.

    python examples/paper/copy_task.py               # a short training of one seed
    phase-latency experiment copy                    # three seeds of 3000 steps, with intervals

The target commutes with every permutation of positions (`copy-task-needs-no-position`); that of a task with an offset
does not. So the loss of the copy task cannot tell positional encodings apart.
"""

import argparse

import torch

from phase_latency.experiments import Configuration, trained
from phase_latency.experiments.tasks import parse_task

LENGTH, VOCABULARY, PERMUTATIONS = 64, 50, 100
ENCODINGS = {
    "no encoding at all": "none",
    "sinusoidal": "sinusoidal",
    "frequency-compressed": f"compressed(1/{LENGTH})",
    "rank (a learned table)": "rank",
}


def commuting(name):
    """Of how many random permutations it is the same to permute the tokens or their targets."""
    task, generator = parse_task(name), torch.Generator().manual_seed(0)
    found = 0
    for _ in range(PERMUTATIONS):
        order = torch.randperm(LENGTH, generator=generator)
        tokens = torch.randint(VOCABULARY, (1, LENGTH), generator=generator)
        targets, of_permuted = (task.target(each, VOCABULARY, order) for each in (tokens, tokens[:, order]))
        found += torch.equal(of_permuted, targets[:, order])
    return found


def train(encoding, steps):
    """Bits per character and accuracy on sequences that are kept for that, and when 99 % of the targets were right."""
    configuration = Configuration(
        "copy", encoding, steps=steps, length=LENGTH, vocabulary=VOCABULARY, evaluate_every=10
    )
    return trained(configuration.to_task())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=60, help="of the optimiser, for each encoding (default: 60)")
    steps = parser.parse_args().steps
    for task in ("copy", "offset 1"):
        print(f"{task}: the target commutes with {commuting(task)} of {PERMUTATIONS} random permutations")
    print(f"{'':24}bits per character  accuracy  99 % at step   ({steps} steps, one seed)")
    for name, encoding in ENCODINGS.items():
        found = train(encoding, steps)
        solved = "not yet" if found["solved"] is None else found["solved"]
        print(f"{name:24}{found['bits']:18.5f}  {100 * found['accuracy']:6.1f} %  {solved:>12}")


if __name__ == "__main__":
    main()
