"""A process that asks cvc5 questions, a list as JSON on standard input; its argument is how much work each may be."""

import json
import sys

import cvc5


def main() -> None:
    """Read the questions, and print unsat, sat or unknown: of two methods for products, the first that knows."""
    for text in json.load(sys.stdin):
        answers = (_asked(text, coverings) for coverings in ("false", "true"))
        print(next((answer for answer in answers if answer != "unknown"), "unknown"), flush=True)


def _asked(text: str, coverings: str) -> str:
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("rlimit-per", sys.argv[1])
    solver.setOption("nl-cov", coverings)
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "question")
    while not (command := parser.nextCommand()).isNull():
        command.invoke(solver, parser.getSymbolManager())
    found = solver.checkSat()
    return "unsat" if found.isUnsat() else "sat" if found.isSat() else "unknown"


if __name__ == "__main__":
    main()
