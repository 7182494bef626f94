import pytest

from regen.execution.terminal import resolve


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("plain  \n\ttext \n", "plain  \n\ttext \n"),
        ("\x1b[1;31mred\x1b[0m and \x1b[38:5:7mgray\x1b[m\n", "red and gray\n"),
        ("0%\r50%\r100%\n", "100%\n"),
        ("progress\rdone\n", "doneress\n"),
        ("one\r\ntwo\r\n", "one\ntwo\n"),
        ("ab\b\bxy\bz", "xz"),
        ("\b\bx", "x"),
        ("working...\r\x1b[Kdone\n", "done\n"),
        ("working...\r\x1b[2Kdone\n", "done\n"),
        ("abcdef\x1b[3D\x1b[K\n", "abc\n"),
        ("abcdef\x1b[3D\x1b[1K\n", "    ef\n"),
        ("a\nb\n\x1b[2Ax\n\ny", "x\nb\ny"),
        ("a\nb\x1b[A\x1b[Bc", "a\nbc"),
        ("a\nb\x1b[9Bc", "a\nbc"),
        ("a\nb\x1b[Fc", "c\nb"),
        ("a\x1b[3Cb", "a   b"),
        ("abc\x1b[2Gx", "axc"),
        ("old\nlines\n\x1b[2J\x1b[Hnew\n", "new\n"),
        ("old\nlines\x1b[2A\r\x1b[Jnew", "new"),
        ("a\tb\r", "a\tb"),
        ("bell\a and \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "bell and link"),
        ("\x1b[?25lhidden cursor\x1b[?25h", "hidden cursor"),
        ("unfinished \x1b[", "unfinished "),
        ("half\x1b", "half"),
        ("bar: 5 of 10\r             \rdone \n", "done\n"),
        ("", ""),
    ],
)
def test_text_is_as_a_terminal_shows_it(printed: str, shown: str) -> None:
    assert resolve(printed) == shown


def test_a_progress_bar_leaves_its_last_state() -> None:
    bars = "".join(f"\r{done:3}%|{'#' * (done // 10):10}|" for done in range(101))
    assert resolve(f"{bars}\nfinished\n") == "100%|##########|\nfinished\n"


def test_long_output_is_resolved() -> None:
    updates = "".join(f"\r{step} steps" for step in range(200_000))
    lines = "line\x1b[K\n" * 100_000
    assert resolve(updates + "\n" + lines) == "199999 steps\n" + "line\n" * 100_000


def test_a_cursor_sent_far_away_takes_no_room() -> None:
    assert len(resolve("\x1b[999999999Cx\x1b[999999999B\x1b[999999999Gy")) < 2000


def test_what_is_resolved_stays_as_it_is() -> None:
    once = resolve("a\rb\n\x1b[31mc\x1b[0m\td\n")
    assert resolve(once) == once
