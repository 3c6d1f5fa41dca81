"""Claims attached to what builds an encoding, and tests that are nothing but such claims."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, Unpack

from phase_latency.checking.cases import Transformation
from phase_latency.checking.claims import Claim, Mask
from phase_latency.checking.classes import EXACT, InvarianceClass
from phase_latency.checking.profile import InvarianceProfile
from phase_latency.errors import ArgumentError
from phase_latency.testing.assertions import CheckOptions, as_claim, assert_invariant, check_options
from phase_latency.testing.recording import InvarianceAssertionError

_ATTRIBUTE = "_phase_latency_claims"  # the pytest plugin looks for it, too

Made = TypeVar("Made", bound=Callable[..., Any])


@dataclass
class AttachedClaims:
    """What `invariant_under` attaches.

    Attributes:
        claims: claims with the options of their checks, in the order in which the decorators are read.
        is_test: whether calling the decorated object asserts them.
    """

    claims: list[tuple[Claim, CheckOptions]]
    is_test: bool


def invariant_under(
    under: Transformation | str,
    up_to: InvarianceClass | str = EXACT,
    *,
    mask: Mask | None = None,
    **options: Unpack[CheckOptions],
) -> Callable[[Made], Made]:
    """Claim that what a function or class builds is invariant under a transformation, up to a class.

    May be stacked. Claims are attached, and what happens to the decorated object depends on its name:

    - A function whose name starts with ``test`` becomes a test: it is called with its arguments, fixtures included,
      every claim is asserted of the encoding that it returns, and it returns None. Put ``given`` of Hypothesis above.
    - Every other function, and every class, is returned as it is, and nothing is checked when it is called:
      `assert_claims` asserts the claims, `claims_of` lists them, and subclasses inherit them. If pytest is configured
      to collect such a function as a test, our plugin makes it one.

    Args:
        under: the transformation, or its name.
        up_to: how logits may change, or its name.
        mask: "causal" if only keys at or before the query count; None for what the encoding declares.
        **options: options of `phase_latency.checking.check`.

    Returns:
        the decorator.

    Raises:
        ArgumentError: there is no such transformation, class, mask or option. The decorator raises it for what is
            neither function nor class, for coroutines, and above ``given``.
    """
    claim = as_claim(under, up_to, mask)
    check_options(options)

    def attach(made: Made) -> Made:
        _check_decorated(made)
        attached = _attached(made)
        if attached is None:
            attached = AttachedClaims([], is_test=False)
            setattr(made, _ATTRIBUTE, attached)
            if not inspect.isclass(made) and made.__name__.startswith("test"):
                made = as_test(made)
        # The decorators nearer to the function have been applied before this one, and are read after it.
        attached.claims.insert(0, (claim, options))
        return made

    return attach


def claims_of(decorated: object) -> tuple[Claim, ...]:
    """List the claims that `invariant_under` has attached.

    Args:
        decorated: a function or class, or an instance of the class.

    Returns:
        the claims, as `check` takes them; none if it is not decorated.
    """
    attached: AttachedClaims | None = getattr(decorated, _ATTRIBUTE, None)
    return () if attached is None else tuple(claim for claim, _ in attached.claims)


def assert_claims(decorated: object, encoding: object = None) -> tuple[InvarianceProfile, ...]:
    """Assert every claim that `invariant_under` has attached.

    Args:
        decorated: a function or class, or an instance of the class.
        encoding: what the claims are about; None for the decorated object itself, which has to be built without
            arguments then.

    Returns:
        one profile for each claim.

    Raises:
        InvarianceAssertionError: a claim fails, or holds only because positions are not used, or is not decided.
        ArgumentError: nothing is claimed, or the encoding is none that can be adapted.
        EncodingError: the encoding raises, hangs, is random, or returns something else than it should.
        MissingToolError: it needs a library that is not installed.
    """
    __tracebackhide__ = True
    attached: AttachedClaims | None = getattr(decorated, _ATTRIBUTE, None)
    if attached is None:
        expected = "a function or class with claims"
        raise ArgumentError("decorated", decorated, expected, 'decorate it, for example @invariant_under("shift")')
    about = decorated if encoding is None else encoding
    profiles = []
    for claim, options in attached.claims:
        profiles.append(assert_invariant(about, claim.under, claim.up_to, mask=claim.mask, **options))
    return tuple(profiles)


def as_test(build: Made) -> Made:
    """Make a test of a decorated function.

    Args:
        build: the function, or a method that is bound already.

    Returns:
        a function with the same signature that asserts the claims of what `build` returns, and returns None.
    """

    @functools.wraps(build)
    def asserting(*arguments: Any, **keywords: Any) -> None:
        __tracebackhide__ = True
        encoding = build(*arguments, **keywords)
        if encoding is None:
            remedy = "return the encoding from the test, and assert nothing else about it there"
            raise ArgumentError(build.__name__, None, "a test that returns an encoding", remedy)
        try:
            assert_claims(asserting, encoding)
        except InvarianceAssertionError as error:  # its traceback is all ours, and says nothing of where the claim is
            code = inspect.unwrap(build).__code__
            error.add_note(f"claimed of what {build.__qualname__} returns, {code.co_filename}:{code.co_firstlineno}")
            raise

    attached: AttachedClaims = getattr(build, _ATTRIBUTE)
    attached.is_test = True
    return asserting  # type: ignore[return-value]  # but for what it returns it is called like the original


def _attached(made: Callable[..., Any]) -> AttachedClaims | None:
    """What earlier decorators have attached; a subclass gets a list of its own."""
    attached: AttachedClaims | None = getattr(made, _ATTRIBUTE, None)
    if attached is None or not inspect.isclass(made) or _ATTRIBUTE in vars(made):
        return attached
    inherited = AttachedClaims(list(attached.claims), is_test=False)
    setattr(made, _ATTRIBUTE, inherited)
    return inherited


def _check_decorated(made: object) -> None:
    if not (inspect.isfunction(made) or inspect.isclass(made)):
        raise ArgumentError("invariant_under", made, "a function or class that builds an encoding", "decorate that")
    if inspect.iscoroutinefunction(made):
        raise ArgumentError("invariant_under", made, "a function that returns an encoding", "build it without async")
    if getattr(made, "is_hypothesis_test", False):
        raise ArgumentError("invariant_under", made, "a function that returns an encoding", "put it below @given")
