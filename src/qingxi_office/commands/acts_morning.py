"""The act of the first morning: the county's three ledgers against the register and each other."""

from qingxi_office.commands.story import Story


def compare_ledgers(story: Story) -> str:
    """The ledgers that the county keeps, checked for the quarter of the story's day; what does not agree waits for its sign-off."""
    from qingxi.morning import Book, Quarter
    from qingxi_office.morning.actions import open_check, read_check

    by = story.cast.officer
    paths = {book.value: story.county / "books" / f"{book.words}.xlsx" for book in Book}
    files = {book: (path.name, path.read_bytes()) for book, path in paths.items()}
    check = open_check(Quarter.of(story.day()), files, on=story.day(), by=by, ask=False)
    done = read_check(check, by=by)
    story.facts["ledgers"] = done
    rows = sum(done["lines"].values())
    return f"三本台账 {rows} 行,对出 {done['conflicts']} 处冲突,在“三账核对”页等人签认"
