"""Photographs come in parts: what arrived stays, the phone asks how much is here and goes on from there."""

import fcntl
import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Protocol
from uuid import UUID

from qingxi.keeping.on_disk import keep_names
from qingxi_office.patrols import files
from qingxi_office.patrols.models import VisitPhoto
from qingxi_office.trail import clock

_CHUNK = 64 * 1024


class AtOffset(ValueError):
    """The part does not begin where the last one ended; ``have`` bytes are here."""

    def __init__(self, have: int) -> None:
        super().__init__(f"这里有 {have} 字节，请从那里接着传")
        self.have = have


class Source(Protocol):
    """What bytes are read from: a request's body."""

    def read(self, size: int, /) -> bytes: ...


def part_of(by: Any, number: UUID, sha256: str) -> VisitPhoto | None:
    """A photograph that this person's own round has announced; None for a stranger as for a wrong number. One query."""
    return VisitPhoto.objects.filter(visit__uuid=number, visit__by_pk=by.pk, sha256=sha256).first()


@contextmanager
def _held(photo: VisitPhoto) -> Iterator[BinaryIO]:
    """The part's file, for one hand at a time: the same photograph may be sent twice at once, to two processes."""
    path = files.part(photo.visit_id, photo.sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        file = path.open("ab")
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            same = os.fstat(file.fileno()).st_ino == path.stat().st_ino
        except FileNotFoundError:
            same = False  # whoever held it before us has finished it and moved it away
        if same:
            break
        file.close()
    try:
        yield file
    finally:
        file.close()


def have(photo: VisitPhoto) -> int:
    """Bytes of a photograph that are here.

    What is all here though the books do not know it is finished first (the server ended before it could): the phone is
    told that all is here, and will not send it again.
    """
    if photo.state != VisitPhoto.State.AWAITED:
        return photo.size
    if _is_whole(photo):
        _say_kept(photo)
        return photo.size
    try:
        size = files.part(photo.visit_id, photo.sha256).stat().st_size
    except FileNotFoundError:
        return 0
    if size < photo.size:
        return size
    try:
        return keep_part(photo, size, io.BytesIO())
    except AtOffset as error:
        return error.have
    except ValueError:  # not what was announced: nothing of it was kept
        return 0


def _is_whole(photo: VisitPhoto) -> bool:
    """The file is here though the books do not say so: the server ended between the two, or another round has it too."""
    try:
        return files.whole(photo.sha256).stat().st_size == photo.size
    except FileNotFoundError:
        return False


def keep_part(photo: VisitPhoto, start: int, body: Source) -> int:
    """Put bytes behind those that are here; gives how many are here now.

    What was read before the line broke stays. When all are here their hash is held against what was announced; the file is
    on the disk, with its name, before the books say so.

    Raises
    ------
    AtOffset
        When ``start`` is not where the last part ended.
    ValueError
        When the whole is not what was announced: nothing of it is kept, and it is to be sent anew.
    """
    if photo.state != VisitPhoto.State.AWAITED:
        return photo.size
    if _is_whole(photo):
        _say_kept(photo)
        return photo.size
    with _held(photo) as file:
        size = file.seek(0, os.SEEK_END)
        if size == 0 and _is_whole(photo):  # another hand finished it while we waited for this file
            files.part(photo.visit_id, photo.sha256).unlink(missing_ok=True)
            _say_kept(photo)
            return photo.size
        if start != size and size < photo.size:
            raise AtOffset(size)
        try:
            while size < photo.size and (piece := body.read(min(_CHUNK, photo.size - size))):
                file.write(piece)
                size += len(piece)
        finally:
            file.flush()
        if size < photo.size:
            return size
        os.fsync(file.fileno())
        path = files.part(photo.visit_id, photo.sha256)
        with path.open("rb") as whole:
            same = hashlib.file_digest(whole, "sha256").hexdigest() == photo.sha256
        if not same:
            path.unlink()
            raise ValueError("照片传坏了，请重新传一次")
        goal = files.whole(photo.sha256)
        goal.parent.mkdir(parents=True, exist_ok=True)
        path.replace(goal)
        keep_names(goal.parent, files.folder())  # the folder may be new: its name, too, must survive
    _say_kept(photo)
    return size


def _say_kept(photo: VisitPhoto) -> None:
    """The round's own row of trail names the photograph by its hash already."""
    VisitPhoto.objects.filter(pk=photo.pk, state=VisitPhoto.State.AWAITED).update(
        state=VisitPhoto.State.KEPT, kept_at=clock.now()
    )
