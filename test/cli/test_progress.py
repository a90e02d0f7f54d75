"""Progress lines: plain ones for files and CI, redrawn ones for a terminal."""

from __future__ import annotations

import io

from bbia_sim_ros.cli.progress import Board


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_file_gets_plain_lines_without_control_characters() -> None:
    stream = io.StringIO()
    board = Board(stream)
    row = board.open('Packages')
    row.update(1, 2, 'numpy')
    board.draw()
    board.close(row, succeeded=True)
    lines = stream.getvalue().splitlines()
    assert lines[0] == 'start  Packages'
    assert lines[1].startswith('done   Packages  (')
    assert '\x1b' not in stream.getvalue()


def test_a_terminal_gets_a_bar_for_each_running_step() -> None:
    stream = Terminal()
    board = Board(stream)
    board.open('Packages').update(1, 2, 'numpy')
    other = board.open('Model')
    board.draw()
    shown = stream.getvalue().splitlines()
    assert '############' in shown[-2]
    assert '50%' in shown[-2]
    assert 'numpy' in shown[-2]
    assert 'Model' in shown[-1]
    board.close(other, succeeded=False)
    assert 'FAIL   Model' in stream.getvalue()


def test_a_total_that_nobody_knows_is_no_percentage() -> None:
    stream = Terminal()
    board = Board(stream)
    board.open('Packages').update(3, 0)
    board.draw()
    assert '%' not in stream.getvalue()
