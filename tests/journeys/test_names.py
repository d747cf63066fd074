"""Names of other people's files on our terminal: shown as they are, obeyed by nothing."""

from streamsync import session


def test_a_title_is_shown_as_it_is_written() -> None:
    table = session.columns("title")
    session.add_row(table, "film [/b] [red]web[/red] \x1b[31m\nnext")
    column = table.columns[0]
    shown = [str(cell) for cell in column.cells]
    assert shown == ["film [/b] [red]web[/red] \\x1b[31m\\nnext"]
    session.print_table(table)  # a mark-up error would be raised here
