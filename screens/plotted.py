"""A curve with axes, drawn by plotext: the only module that knows it, and it is loaded when first needed.

plotext has one global figure, so this runs on the screen's thread alone and clears the figure first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_STROKES = str.maketrans("┌┐└┘┬┴├┤│─", "++++++++|-")

Run = list[tuple[int, float]]


def plotted(
    values: Sequence[float | None],
    *,
    width: int,
    height: int,
    top: float,
    limit: float | None,
    x_labels: Mapping[int, str],
    y_labels: Mapping[float, str],
    ascii_only: bool,
) -> list[str]:
    """Draw the values against their places, on a scale from 0 to `top`; None is a gap."""
    import plotext  # noqa: PLC0415 - a tenth of a second, and most people never zoom

    plotext.terminal.limit(False, False)  # the size is ours to choose: the figure is a part of the screen
    figure = plotext.figure
    figure.clear()
    figure.plot_size(width, height)
    figure.ruler("x", "lower").lim(0, max(1, len(values) - 1))
    figure.ruler("x", "lower").ticks(list(x_labels), list(x_labels.values()))
    figure.ruler("y", "left").lim(0, top)
    figure.ruler("y", "left").ticks(list(y_labels), list(y_labels.values()))
    if limit is not None:
        figure.draw(figure.signal([0, len(values) - 1], [limit, limit], marker="-").lines())
    for run in _runs(values):
        places, numbers = zip(*run, strict=True)
        marker = "*" if ascii_only else "braille"
        figure.draw(figure.signal(list(places), list(numbers), marker=marker).lines())
    drawn: str = figure.build().string(colorless=True)
    return (drawn.translate(_STROKES) if ascii_only else drawn).splitlines()


def _runs(values: Sequence[float | None]) -> list[Run]:
    """Cut the values at their gaps."""
    runs: list[Run] = [[]]
    for place, value in enumerate(values):
        if value is not None:
            runs[-1].append((place, value))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]
