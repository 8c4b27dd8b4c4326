"""The error tree: every leaf can be told apart, by machines and by people."""

import gphoto2 as gp
import pytest

from nightside.cli.leaves import BRANCHES, leaves
from nightside_drivers import errors
from nightside_drivers.errors import NightsideError
from nightside_drivers.gphoto.vendor_codes import MEANINGS, meaning, translated
from nightside_drivers.protocol import Failure

LIBRARY_CODES = sorted(getattr(gp, name) for name in dir(gp) if name.startswith("GP_ERROR"))


LEAVES = sorted(set(leaves()), key=lambda leaf: leaf.exit_code)


def test_every_leaf_hangs_on_exactly_one_branch() -> None:
    for leaf in LEAVES:
        assert sum(issubclass(leaf, branch) for branch in BRANCHES) == 1, leaf


@pytest.mark.parametrize("attribute", ["code", "exit_code"])
def test_no_two_leaves_share(attribute: str) -> None:
    values = [getattr(leaf, attribute) for leaf in LEAVES]
    assert len(set(values)) == len(values)


def test_exit_codes_keep_clear_of_the_shells_own() -> None:
    assert all(3 <= leaf.exit_code < 64 or 79 <= leaf.exit_code < 126 for leaf in LEAVES)  # 64 to 78 are sysexits.h


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.code)
def test_an_error_survives_the_journey_between_processes(leaf: type[NightsideError]) -> None:
    sent = leaf("The cable is out.", means="No more shots.", remedy="Plug it in.")
    arrived = Failure.of(sent).error()
    assert type(arrived) is leaf
    assert str(arrived) == "The cable is out. No more shots. Plug it in."


def test_an_unknown_code_becomes_a_failure_of_the_body() -> None:
    assert errors.leaf("never-heard-of") is errors.BodyFailed


@pytest.mark.parametrize("code", LIBRARY_CODES)
def test_every_code_of_the_library_says_what_to_do_next(code: int) -> None:
    assert code in MEANINGS
    with (
        pytest.raises(NightsideError, match=f"Could not open the shutter: .*libgphoto2 {code}"),
        translated("open the shutter"),
    ):
        raise gp.GPhoto2Error(code)


def test_a_code_of_a_later_library_is_a_failure_of_the_body() -> None:
    assert meaning(-9999).error is errors.BodyFailed
