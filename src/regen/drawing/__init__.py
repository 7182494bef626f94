"""What a picture shows, as plain data, and two pictures compared by it.

A drawing is what JSON can hold: `{"size": [width, height], "axes": [...], ...}`. An axes has
titles, the limits of its two directions, texts, and series. A series is a table: `kind`, `label`,
`color` and other looks, `n` rows, and columns of numbers. A column of up to eight numbers is a
list, a longer one its range, the means of eight parts and the largest jump. What alike artists
draw, as a hundred rectangles of one color, is one series. Left out is what the author did not say
(automatic ticks, places that a layout computes), and widths of lines and fonts. What cannot be
described is an error that names it. Of two drawings, the `skeleton` is compared to the letter, and
each of the `numbers` within an interval of its own.

The modules, in an order to read them in:

- `figure`, `axes`, `artists`: a matplotlib figure, from the whole to its artists. Of these,
  `lines`, `patches`, `arrows`, `dots_and_areas`, `annotations`, `images` and `image_groups`; for
  all of them, `units` and `colors`.
- `series`, `texts`, `directions`, `columns`: how what was found is joined and summed up.
- `svg` (with `svg_elements`, `svg_shapes`, `svg_transforms`) and `png`: other pictures.
- `entries`, `walk`, `blank`, `allowed`: a drawing as lines and numbers, and what these may be.

The kernel of a page loads `figure`, and all that it imports, from this folder, as a package with
another name. So these modules import each other and nothing else of regen, and numpy and matplotlib
only inside functions, for a figure has loaded both.
"""

from regen.drawing.allowed import (
    Interval,
    default_interval,
    spread_intervals,
    spread_numbers,
    summarize_spread,
)
from regen.drawing.blank import is_blank
from regen.drawing.entries import Number
from regen.drawing.figure import describe
from regen.drawing.png import describe_png
from regen.drawing.svg import describe_svg
from regen.drawing.walk import changed_lines, numbers, skeleton

__all__ = [
    "Interval",
    "Number",
    "changed_lines",
    "default_interval",
    "describe",
    "describe_png",
    "describe_svg",
    "is_blank",
    "numbers",
    "skeleton",
    "spread_intervals",
    "spread_numbers",
    "summarize_spread",
]
