"""The properties of a spiking network as a table."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from phase_latency.spiking.profiling import Property, Witness
from phase_latency.tables import status, table


def profile_table(name: str, properties: Sequence[Property]) -> RenderableType:
    """Each property with its verdict, and the witnesses.

    Args:
        name: of the network, as the caller wrote it.
        properties: what `profile` returned.

    Returns:
        what rich prints.
    """
    rows = table("property", "verdict", "pairs tried", "because")
    for each in properties:
        rows.add_row(each.name, status(each.word), str(each.tried), each.because)
    witnesses = [_witness(each.name, each.witness) for each in properties if each.witness is not None]
    return Group(Text.assemble((name, "bold"), "  spiking network"), rows, *witnesses)


def _witness(name: str, witness: Witness) -> Text:
    lines = [f"not {name}: seconds of the inputs, and of the neurons that they make fire"]
    pairs = ((witness.times, witness.outputs), (witness.moved, witness.moved_outputs))
    lines += [f"    {_row(inputs)} -> {_row(outputs)}" for inputs, outputs in pairs]
    return Text("\n".join(lines))


def _row(numbers: Sequence[float]) -> str:
    return "(" + ", ".join(f"{number:.6g}" for number in numbers) + ")"
