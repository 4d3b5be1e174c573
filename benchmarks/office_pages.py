"""What RESULTS.md says of the office: the working day's load, the large import, the search at province size."""


def _table(heads: list[str], rows: list[list[object]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def page_office_load(found: dict) -> str:
    filled = found["filled"]
    rows = [
        [
            r["page"],
            r["asked"],
            r["failed"],
            f"{r['p50_ms']:.0f}",
            f"{r['p95_ms']:.0f}",
            r["max_ms"],
            f"{r['bytes']:,}",
        ]
        for r in found["rows"]
    ]
    beside = found.get("import") or {}
    received = found.get("receiver") or {}
    head = (
        f"{filled['households']:,} households, {filled['villages']} villages, {filled['facilities']:,} facilities; {found['clerks']} signed-in township clerks, "
        f"3 to 7 s between clicks, {found['minutes']:g} minutes after the warm-up, two web processes, clerks on the same {found['machine']}; {found['date']}. "
        f"CPU a page: {found['cpu_ms_per_page']} ms. Beside: a receiver at 10 packets/s ({received.get('acked', 0):,} of {received.get('sent', 0):,} acknowledged)"
    )
    if beside:
        head += f" and an import of {beside.get('rows') or 0:,} households (shown after {beside['shown_s']} s, {beside['state']} after {beside['taken_s']} s)"
    return head + ".\n\n" + _table(["page", "asked", "failed", "p50 ms", "p95 ms", "max ms", "bytes"], rows)


def page_import_households(found: dict) -> str:
    read, take = found["read_and_compare"], found["take_in"]
    rows = [
        ["read, hold against the books, show", read["wall_s"], read["cpu_s"], read["peak_mb"], read["beside"]["longest_s"]],
        ["take in", take["wall_s"], take["cpu_s"], take["peak_mb"], take["beside"]["longest_s"]],
        ["the same file again: nothing changes", found["the_same_again"]["wall_s"], found["the_same_again"]["cpu_s"], found["the_same_again"]["peak_mb"], "–"],
    ]  # fmt: skip
    heads = ["step", "wall s", "CPU s", "peak MB", "longest wait of another writer, s"]
    return (
        f"{found['households']:,} households from an .xlsx of {found['file_mb']} MB, by the office's worker on SQLite, {found['all_s']} s in all; cancelled half way it left "
        f"{found['cancelled']['rows_left']} rows.\n\n" + _table(heads, rows)
    )


def page_ledger(found: dict) -> str:
    rows = [
        [page, *(found[who][page]["p95_ms"] for who in ("clerk", "officer", "province"))] for page in found["clerk"]
    ]
    books = found["books"]
    return (
        f"{books['problems']:,} problems in {books['villages']:,} villages on SQLite, {books['of_the_clerk']} of them the clerk's; "
        "p95 in ms of a whole page through the office (target: 300). For who sees the whole province's books at once, counts and "
        "menus are groups over all of them.\n\n"
        + _table(["page", "township clerk", "county officer", "whole province"], rows)
    )


def page_tree_search(found: dict) -> str:
    rows = [
        [who, found[who]["p50_ms"], found[who]["p95_ms"], found[who]["max_ms"]]
        for who in ("clerk", "province_officer")
    ]
    opened = ", ".join(f"{level} {ms['median']} ms" for level, ms in found["open_level_ms"].items())
    return (
        f"{found['villages']:,} villages on {found['database']} ({found['file_MB']} MB): 200 mixed searches by name, pinyin, first letters and code. Opening a level "
        f"of the tree: {opened}.\n\n" + _table(["asked by", "p50 ms", "p95 ms", "max ms"], rows)
    )
