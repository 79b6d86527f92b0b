"""What the demo prints: plain lines, and a live bar where there is a terminal."""

import os
import sys
import time

TERMINAL = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
WIDTH = 40
BOLD, DIM, GREEN, RED, BLUE, YELLOW = "1", "2", "32", "31", "34", "33"


def paint(words: str, *codes: str) -> str:
    if not TERMINAL or "NO_COLOR" in os.environ:
        return words
    return f"\x1b[{';'.join(codes)}m{words}\x1b[0m"


def line(words: str = "") -> None:
    print(words, flush=True)


def step(words: str) -> None:
    line()
    line(paint(words, BOLD))


def command(words: str) -> None:
    line(paint("$ ", DIM) + words)


class SplitBar:
    """The observed split, redrawn in place; without a terminal only its end."""

    def __init__(self):
        self.drawn = 0.0

    def show(self, counts: dict[str, int], sent: int, failed: int, is_last: bool = False) -> None:
        now = time.monotonic()
        if not is_last and (not TERMINAL or now - self.drawn < 0.05):
            return
        self.drawn = now
        total = max(1, sum(counts.values()))
        first = counts.get("v1", 0) / total
        cells = round(first * WIDTH)
        bar = paint("█" * cells, BLUE) + paint("░" * (WIDTH - cells), YELLOW)
        if not TERMINAL:
            bar = "1" * cells + "2" * (WIDTH - cells)
        failures = paint(f"{failed} failed", RED if failed else GREEN)
        words = f"  v1 {first:6.1%} {bar} {1 - first:6.1%} v2   {sent:,} requests, {failures}"
        if TERMINAL:
            sys.stdout.write(f"\r\x1b[2K{words}")
            sys.stdout.write("\n" if is_last else "")
            sys.stdout.flush()
        else:
            line(words)
