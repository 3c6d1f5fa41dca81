"""Tasks that need position: where the sinusoid succeeds, and the same sinusoid with an amplitude of 1/L fails.

    python examples/paper/positional_tasks.py                            # 16 positions, 16 tokens, half a minute
    python examples/paper/positional_tasks.py --length 64 --steps 1500   # one seed of the study, ten minutes
    phase-latency experiment tasks                                       # four seeds, more encodings, intervals

An amplitude scales the logits of positions (`lemma-1`), but not those of content, and no factor on the whole logit
makes up for that (`additive-no-global-scale`). A training says so only where the sinusoid has solved the task.
"""

import argparse

from phase_latency.experiments import Configuration, trained

TASKS = {
    "offset 1": "the token before",
    "reversal": "the token as far from the other end",
    "permutation": "the token at a position that is fixed at random",
    "equal 1": "whether the token before is the same",
}


def encodings(length):
    return {"none": "none", "sinusoidal": "sinusoidal", "amplitude": f"amplitude(1/{length})", "rank": "rank"}


def train(task, encoding, length, steps):
    """Train until it is solved (99 % of the targets are right), or to the end."""
    configuration = Configuration(
        *(task, encoding), steps=steps, length=length, vocabulary=min(length, 50), stop_when_solved=True
    )
    return trained(configuration.to_task())


def conclusion(found, steps):
    """What a task says of the amplitude, from the results by encoding."""
    ours, scaled, nothing = (found[name] for name in ("sinusoidal", "amplitude", "none"))
    if ours["solved"] is None:
        return f"the training is too short to say anything: the sinusoid has not solved it after {steps} steps"
    if scaled["solved"] is not None:
        return f"solved with the amplitude too, at step {scaled['solved']} in place of {ours['solved']}"
    less = f"{100 * scaled['accuracy']:.1f} % after {steps} steps, {100 * nothing['accuracy']:.1f} % without encoding"
    return f"the sinusoid solves it at step {ours['solved']}; scaled, it does not: {less}"


def shown(result):
    """Accuracy, and when it was solved."""
    solved = "" if result["solved"] is None else f" at {result['solved']}"
    return f"{100 * result['accuracy']:.1f} %{solved}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--length", type=int, default=16, help="positions of a sequence (default: 16)")
    parser.add_argument("--steps", type=int, default=200, help="of the optimiser, at most (default: 200)")
    options = parser.parse_args()
    tried = encodings(options.length)
    print(f"{'target':12}{''.join(f'{encoding:>18}' for encoding in tried.values())}   (accuracy, one seed)")
    concluded = []
    for task, meaning in TASKS.items():
        found = {name: train(task, encoding, options.length, options.steps) for name, encoding in tried.items()}
        print(f"{task:12}{''.join(f'{shown(result):>18}' for result in found.values())}", flush=True)
        concluded.append(f"{task}, {meaning}:\n  {conclusion(found, options.steps)}")
    print("\n".join(concluded))


if __name__ == "__main__":
    main()
