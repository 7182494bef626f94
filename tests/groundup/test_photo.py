import pytest
import torch
from torch import Tensor

from groundup.photo import pen_strokes, photograph


def brightness(**settings: object) -> Tensor:
    """The mean of the three colours of a photographed 1, as floats `(240, 320)`."""
    picture = photograph(pen_strokes(1), **settings)  # type: ignore[arg-type]
    return picture.float().mean(dim=2)


@pytest.mark.parametrize("digit", range(10))
def test_strokes_of_a_digit_lie_in_their_box(digit: int) -> None:
    strokes = pen_strokes(digit)
    assert strokes
    for stroke in strokes:
        assert stroke.shape[1] == 2
        assert stroke.min() >= 0
        assert stroke.max() <= 1


@pytest.mark.parametrize("digit", [-1, 10])
def test_other_digits_are_refused(digit: int) -> None:
    with pytest.raises(ValueError, match="expected one from 0 to 9"):
        pen_strokes(digit)


def test_photograph_has_the_documented_shape_and_dtype() -> None:
    picture = photograph(pen_strokes(3))
    assert picture.shape == (240, 320, 3)
    assert picture.dtype == torch.uint8


def test_same_seed_gives_the_same_photograph() -> None:
    assert torch.equal(photograph(pen_strokes(3), seed=7), photograph(pen_strokes(3), seed=7))
    assert not torch.equal(photograph(pen_strokes(3), seed=7), photograph(pen_strokes(3), seed=8))


def test_photograph_leaves_the_global_generator_alone() -> None:
    state = torch.get_rng_state()
    photograph(pen_strokes(3))
    assert torch.equal(torch.get_rng_state(), state)


def test_ink_is_darker_than_the_paper_beside_it() -> None:
    picture = brightness()
    assert picture[120, 155:165].min() < 0.6 * picture[120, 120:140].min()


def test_paper_has_a_shadow() -> None:
    picture = photograph([]).float().mean(dim=2)
    corners = torch.stack([picture[r, c] for r in (5, 234) for c in (5, 314)])
    assert corners.min() < 0.5 * corners.max()


def test_paper_is_warm() -> None:
    red, green, blue = photograph([]).float().mean(dim=(0, 1)).tolist()
    assert red > green > blue


@pytest.mark.parametrize(
    ("settings", "row", "column"),
    [({}, 120, 160), ({"center": (60, 80)}, 80, 60), ({"slant": 0.5, "size": 100}, 80, 180)],
)
def test_strokes_lie_where_they_should(settings: dict[str, object], row: int, column: int) -> None:
    with_ink = brightness(**settings)
    place = with_ink[row - 3 : row + 4, column - 6 : column + 7]
    assert place.min() < 0.5 * with_ink[row - 3 : row + 4].max()


def test_thick_pen_leaves_more_ink() -> None:
    darkness = [255 - brightness(thickness=thickness).mean() for thickness in (4.0, 12.0, 24.0)]
    assert darkness == sorted(darkness)


def test_strokes_outside_of_the_picture_leave_no_trace() -> None:
    away = photograph(pen_strokes(1), center=(900, 900), seed=1)
    near = photograph(pen_strokes(1), seed=1)
    assert not torch.equal(away, near)
    assert away.float().mean() > near.float().mean()
