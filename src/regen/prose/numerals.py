"""Finds in prose each number that looks like a result: in digits, in words, in TeX."""

import math
import re

from regen.prose.built_page import Block

__all__ = ["find_numerals", "find_numerals_in_block", "find_numerals_in_tex"]

# Counts up to this are words of the language ("three layers", "ten digits") and no results.
SMALL = 12

SPACE = "[ \N{NO-BREAK SPACE}\N{THIN SPACE}\N{NARROW NO-BREAK SPACE}]"
MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?"
)

# Dates and addresses hold digits and are no numbers: they are blanked before anything is
# looked for.
NO_NUMBER = re.compile(
    rf"\bhttps?://\S+"
    rf"|\b\d{{1,2}}{SPACE}{MONTH},?{SPACE}\d{{4}}\b"
    rf"|\b{MONTH}{SPACE}\d{{1,2}},{SPACE}\d{{4}}\b"
    rf"|\b{MONTH}{SPACE}(?:19|20)\d\d\b"
    rf"|\b(?:19|20)\d\d-[01]\d-[0-3]\d\b"
    # a work, by its author and year
    rf"|(?<=\w, )(?:19|20)\d\d(?=[);\]])|(?<=et al\. )(?:19|20)\d\d\b"
)

PERCENT = r"(?:%|％|‰|per\s?cent\b|pct\b|per\s?mille\b|percentage\b|pp\b)"
# Quantities that are measured. With one of these a small number is a result too.
UNIT = (
    rf"(?:{PERCENT}|points\b|(?:milli|micro|nano)?seconds?\b|minutes?\b|hours?\b|days?\b|weeks?\b"
    r"|ms\b|[µμn]s\b|s\b|min\b|h\b|epochs?\b|times\b|[KMGT]i?B\b|bytes?\b|[KMGT]?FLOPS?\b|[kMG]?Hz\b"
    r"|standard\s(?:errors?|deviations?)\b|sd\b|orders\sof\smagnitude\b)"
)
GAP = r"[\s\N{HYPHEN-MINUS}\N{NON-BREAKING HYPHEN}]?"

DIGITS = rf"""
    (?<![\w.])                                # not within a name: conv2, float32, S0
    (?<!\d,)                                  # nor within a list without blanks: 0,1,2
    (?P<sign>[-+−±])?
    (?:
        (?P<power>(?:\d+(?:[.·]\d+)?\s?[x×*]\s?)?10(?:\^|\*\*)[-+−]?\d+|\d+[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+
            |\d+(?:[.·]\d+)?\s?[x×*]\s?10[-−]\d+)
      | (?P<sides>\d+(?:(?:\s?[x×*]\s?|\sby\s)\d+)+|\d+(?:-\d+){{2,}})  # 28 x 28, 784-30-10
      | (?P<ratio>\d+[/\u2044]\d+)
      | (?P<grouped>\d{{1,3}}(?:(?:,|_|'|{SPACE})\d{{3}})+(?:\.\d+)?(?!{SPACE}?\d))
      | (?P<decimal>\d+(?:[.·]\d+)+|[.·]\d+|\d+,\d+(?!,?\d))
      | (?P<integer>\d+)
    )
    (?P<vulgar>[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞⅒])?
    (?P<exponent>[eE][-+−\u2011]?\d+)?
    (?:
        (?P<scale>[kKMGBx×](?![\w]))
      | {GAP}(?P<unit>{UNIT}|(?:thousand|million|billion)\b)
      | (?P<ordinal>(?:st|nd|rd|th)\b)
      | (?P<word>-[A-Za-z]+)
    )?
    (?![\w⁰¹²³⁴⁵⁶⁷⁸⁹^])
    (?!\.\d)
"""
VULGAR = r"(?<!\d)[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞⅒](?:\s?%)?"
IN_DIGITS = re.compile(DIGITS, re.VERBOSE)
IN_VULGAR = re.compile(VULGAR)

ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
WORDS = {word: number for number, word in enumerate(ONES)}
WORDS |= {word: 10 * number for number, word in enumerate(TENS, 2)}
WORDS["dozen"] = 12
SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}

ONE_WORD = "|".join([*ONES, *TENS, *SCALES, "dozen"])
PART = "halves|thirds|quarters|fourths|fifths|sixths|sevenths|eighths|ninths|tenths|hundredths"
# A number in words, with "half a" or "a" before it, and what it counts.
IN_WORDS = re.compile(
    rf"\b(?P<number>"
    rf"(?:half\s(?:a|an)\s|(?:one\sand\s)?(?:a|one)\shalf\s|an?\s)?"
    rf"(?:{ONE_WORD})(?:(?:[\s-]|\sand\s)(?:{ONE_WORD}))*(?:\spoint(?:\s(?:{ONE_WORD}))+)?"
    rf"(?:\sand\sa\shalf)?)"
    rf"(?:[\s-](?P<part>(?:{PART})\b)|[\s-](?P<unit>{UNIT}))?"
    rf"(?![\w])",
    re.IGNORECASE,
)
# Parts and factors in words: half a minute, a third of them, nine in ten, tenfold.
IN_PARTS = re.compile(
    rf"\bhalf\s(?:a|an)\s{UNIT}"
    r"|\b(?:an\shour|a\sminute|an\sorder\sof\smagnitude)\b"
    r"|\bone[\s-](?:third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth|hundredth)\b"
    rf"|\b(?:{ONE_WORD}|\d+)-?fold\b|\ba\sfactor\sof\s(?:{ONE_WORD}|\d+)\b"
    rf"|\ba\s(?:third|quarter|fifth|sixth|seventh|eighth|ninth|tenth|hundredth|thousandth)\sof\b"
    rf"|\b(?:{ONE_WORD}|\d+)\s(?:in|out\sof)(?:\severy)?\s(?:{ONE_WORD}|\d+)\b"
    # "one of two" is a word of the language, and "six of 15 by 15" tells of sizes
    rf"|\b(?!one\b)(?:{ONE_WORD}|\d+)\s(?:of|from)\s(?:the\s)?(?:{ONE_WORD}|\d+)\b(?!\sby\b)",
    re.IGNORECASE,
)


def find_numerals_in_block(block: Block) -> list[str]:
    """List what looks like a result in a block: its text without values, its claims, its formulas.

    A number in a claim is fine if the claim's expression holds it.
    """
    found = find_numerals(block.without("value", "claim", "formula"))
    values = block.without("value")
    for mark in block.marks:
        text = values[mark.start : mark.end]
        if mark.kind == "formula":
            found += find_numerals_in_tex(text)
        elif mark.kind == "claim":
            numerals = find_numerals(text)
            found += [numeral for numeral in numerals if not _is_checked(numeral, mark.title)]
    return found


def find_numerals(text: str) -> list[str]:
    """List the numbers of a text that look like results, as they are written there.

    That is: decimals, percentages, fractions, powers of ten, grouped numbers, numbers with a
    measured unit, and all integers above twelve, in digits or in words. Names such as `conv2`,
    dates and addresses are left alone.
    """
    text = NO_NUMBER.sub(_blank, text)
    found: list[tuple[int, str]] = []
    # parts first: "nine in ten" is one number, not two small ones
    for pattern, is_result in KINDS:
        for match in pattern.finditer(text):
            if is_result(match):
                found.append((match.start(), match[0]))
                text = text[: match.start()] + _blank(match) + text[match.end() :]
    return [numeral for _, numeral in sorted(found)]


def find_numerals_in_tex(tex: str) -> list[str]:
    """List the numbers of a formula that look like results; indices are none."""
    # an index is part of a name
    tex = re.sub(r"_(?:\{[\w,=+\- ]*\}|\w)", "|", tex)
    tex = re.sub(r"\^\{([^{}]*)\}", r"^\1|", tex)
    tex = tex.replace("{,}", ",")
    tex = re.sub(r"(?<=\d)\\[,; ](?=\d)", "\N{THIN SPACE}", tex)
    tex = re.sub(r"(?:\\[,;: ]|~)*\\%", "%", tex)
    tex = re.sub(r"\\(?:times|cdot)\b\s*", " · ", tex)
    # what stands beside a number without a blank is no part of it
    tex = re.sub(r"\\[A-Za-z]+|\\.|[{}]", "|", tex)
    tex = re.sub(r"(?<=\d)\s*(?=[A-Za-z])|(?<=[A-Za-z])\s*(?=\d)", "|", tex)
    # the power of anything but ten: its exponent stands alone
    tex = re.sub(r"(?<!10)\^", "|", tex)
    return find_numerals(tex)


def _blank(match: re.Match[str]) -> str:
    return "\N{OBJECT REPLACEMENT CHARACTER}" * len(match[0])


def _digits_are_result(match: re.Match[str]) -> bool:
    """Whether a number in digits is more than a small count."""
    if match["integer"] is None:
        if match["sides"]:
            return any(int(side) > SMALL for side in re.findall(r"\d+", match["sides"]))
        return True
    is_measured = match["exponent"] or match["scale"] or match["unit"] or match["vulgar"]
    return bool(is_measured) or int(match["integer"]) > SMALL


def _words_are_result(match: re.Match[str]) -> bool:
    """Whether a number in words is more than a small count."""
    words = re.findall(r"[a-z]+", match["number"].lower())
    if match["part"] or "point" in words or "half" in words:
        return True
    if match["unit"]:
        # "one of the times", "one second": a word of the language
        return words != ["one"] or bool(re.match(PERCENT, match["unit"]))
    if SCALES.keys().isdisjoint(words):
        return sum(WORDS.get(word, 0) for word in words) > SMALL
    # "188 billion" with a value for 188: the word is its unit
    before = match.string[: match.start()].rstrip()
    is_unit = before.endswith("\N{OBJECT REPLACEMENT CHARACTER}") and SCALES.keys() >= set(words)
    return not is_unit


def _always(_: re.Match[str]) -> bool:
    return True


KINDS = (
    (IN_PARTS, _always),
    (IN_DIGITS, _digits_are_result),
    (IN_VULGAR, _always),
    (IN_WORDS, _words_are_result),
)


def _is_checked(numeral: str, expression: str) -> bool:
    """Whether a claim's expression holds a number that its sentence gives, plain or as a share."""
    if not re.search(r"\d", numeral):
        return True
    plain = re.sub(rf"[,_']|{SPACE}", "", numeral)
    match = re.search(r"\d*\.?\d+", plain)
    if match is None:
        return False
    number = float(match[0])
    for token in re.findall(r"(?<![\w.])\d[\d_]*\.?\d*(?:[eE][-+]?\d+)?", expression):
        checked = float(token)
        if math.isclose(number, checked) or math.isclose(number, 100 * checked):
            return True
    return False
