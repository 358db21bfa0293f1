"""Every tolerance that the comparison uses is declared, and is a share or a number of pixels or levels."""

from vislearn.viz.meaning import tolerances


def test_every_tolerance_is_declared():
    assert sorted(name for name in vars(tolerances) if name.isupper()) == sorted(tolerances.__all__)


def test_tolerances_leave_something_to_compare():
    shares = set(tolerances.__all__) - {"BOX_PX", "LEVELS"}
    assert all(0 < getattr(tolerances, name) < 0.5 for name in shares)
