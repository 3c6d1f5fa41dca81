"""Length generalisation of the copy task in arXiv:2605.00662: what the growing error of the sinusoid measures.

    python examples/paper/length_generalisation.py               # a short training of one seed
    python examples/paper/length_generalisation.py --steps 600   # as long as published
    phase-latency experiment length                              # three seeds of that, with intervals

The sinusoid is also trained and tried with its rows permuted anew at every pass. Nothing can be known of positions
then. Where its errors are the same nevertheless, they say nothing of what a model does with positions.
"""

import argparse

from phase_latency.experiments import Configuration, trained

LENGTH, LENGTHS = 64, (64, 96, 128, 192)  # of training, and of what is tried
ENCODINGS = {
    "no encoding at all": "none",
    "sinusoidal": "sinusoidal",
    "sinusoidal, shuffled": "shuffled",
    "amplitude 1/64": f"amplitude(1/{LENGTH})",
    "RoPE": "rotary",
}


def bits_by_length(encoding, steps):
    """Bits per character at each length, of a model that was trained at one."""
    configuration = Configuration("copy", encoding, steps=steps, length=LENGTH, test_lengths=LENGTHS)
    found = trained(configuration.to_task())["lengths"]
    return [found[str(length)]["bits"] for length in LENGTHS]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=60, help="of the optimiser, for each encoding (default: 60)")
    steps = parser.parse_args().steps
    print(f"bits per character at     {''.join(f'{length:>9}' for length in LENGTHS)}   ({steps} steps, one seed)")
    bits = {}
    for name, encoding in ENCODINGS.items():
        bits[name] = bits_by_length(encoding, steps)
        print(f"{name:26}{''.join(f'{each:9.5f}' for each in bits[name])}")
    ordered, shuffled = bits["sinusoidal"], bits["sinusoidal, shuffled"]
    differs = max(abs(one / other - 1) for one, other in zip(ordered, shuffled, strict=True))
    print(f"from {LENGTHS[0]} to {LENGTHS[-1]} positions the error grows")
    for name, (first, *_, last) in bits.items():
        print(f"  {last / first:.2f} times with {name}")
    print(f"shuffling the positions changes the error of the sinusoid by {100 * differs:.1f} % at most")


if __name__ == "__main__":
    main()
