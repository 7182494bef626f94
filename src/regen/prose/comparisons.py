"""Lists the sentences of a built site that compare and rest on no claim."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from regen.errors import RegenError
from regen.prose.built_page import Block, read_site

__all__ = ["list_claims", "sentences_that_compare"]

# Words that say how one thing stands to another, or that something holds for all or for none.
COMPARES = re.compile(
    r"\b(?:"
    r"more|most|fewer|fewest|less|least|twice|thrice|double[ds]?|halved?|halves"
    r"|better|best|worse|worst|higher|highest|lower|lowest|faster|fastest|slower|slowest"
    r"|larger|largest|smaller|smallest|bigger|biggest|greater|greatest"
    r"|shorter|shortest|longer|longest|closer|closest|nearer|nearest|steeper|steepest"
    r"|earlier|earliest|later\sthan|wider|widest|narrower|narrowest|stronger|weaker"
    r"|[a-z]+er\sthan|half\sas|times\sas|as\s\w+\sas"
    r"|all|none|every|never|always|within|at\sleast|at\smost"
    r"|ahead\sof|beats?|exceeds?|outperforms?"
    r")\b",
    re.IGNORECASE,
)
# Text alternatives, titles and style sheets give text only: nothing in them can carry a claim.
# Headings name what follows.
CARRY_NO_CLAIMS = ("alt", "title", "meta", "css", "h1", "h2", "h3", "h4", "h5", "h6")
# A sentence ends at its mark, with brackets or quotes closed; the next begins with a capital or
# a digit.
END = re.compile(
    r"(?<=[.?!])[)\]\"'”’»]*\s+(?=[\"'“‘«(\[]*[A-Z\d\N{OBJECT REPLACEMENT CHARACTER}])"
)
ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|cf|vs|al|Fig|Eq|No|Dr|Prof|approx)|\b[A-Z])\.$")


def list_claims(site_dir: Path) -> list[str]:
    """List the sentences of a built site that compare and carry no claim, each with its place.

    Raises:
        RegenError: the folder holds no page.
    """
    if not any(site_dir.rglob("*.html")):
        raise RegenError(
            f"{site_dir}: no page found. Give the folder of a built site, such as site/."
        )
    blocks = read_site(site_dir)
    return list(sentences_that_compare(blocks))


def sentences_that_compare(blocks: Iterable[Block]) -> Iterator[str]:
    """Give each sentence that compares and that no claim checks, as `place: sentence`."""
    for block in blocks:
        if block.kind in CARRY_NO_CLAIMS:
            continue
        claims = [mark for mark in block.marks if mark.kind == "claim"]
        for start, end in _sentences(block.text):
            has_claim = any(claim.start < end and start < claim.end for claim in claims)
            if COMPARES.search(block.without("formula"), start, end) and not has_claim:
                yield f"{block.place}: {block.text[start:end].strip()}"


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where each sentence begins and ends."""
    start = 0
    for gap in END.finditer(text):
        if ABBREVIATION.search(text, start, gap.start()):
            continue
        yield start, gap.end()
        start = gap.end()
    if start < len(text):
        yield start, len(text)
