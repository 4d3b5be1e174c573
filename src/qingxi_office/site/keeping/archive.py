"""Where a backup's files go and come from: one .tar.zst, or a folder. Either is there whole or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

import zstandard

from qingxi.keeping.on_disk import keep_names
from qingxi_office.site.keeping.manifest import NAME, SUFFIX, Damaged, Manifest, parse, read

_CHUNK = 1 << 20
TAR = ".tar.zst"


class Sink(Protocol):
    """Takes the files of a backup one by one."""

    def put(self, name: str, source: Path) -> tuple[int, str, bool]:
        """Copy a file; gives its bytes, SHA-256, and whether it stood still meanwhile."""

    def put_text(self, name: str, text: str) -> None:
        """Write a small file."""


class _Reader(io.RawIOBase):
    """Exactly ``size`` bytes of a file that may be growing or shrinking, hashed as they pass; short files are filled up."""

    def __init__(self, source: IO[bytes], size: int) -> None:
        self.source, self.left, self.digest, self.whole = source, size, hashlib.sha256(), True

    def read(self, size: int = -1) -> bytes:
        want = self.left if size < 0 else min(size, self.left)
        data = self.source.read(want)
        if len(data) < want:
            self.whole = False
            data += bytes(want - len(data))
        self.left -= len(data)
        self.digest.update(data)
        return data


def _still(before: os.stat_result, source: Path) -> bool:
    after = source.stat()
    return (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)


class _Tar:
    def __init__(self, tar: tarfile.TarFile) -> None:
        self.tar = tar

    def put(self, name: str, source: Path) -> tuple[int, str, bool]:
        before = source.stat()
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = before.st_size, int(before.st_mtime), 0o600
        with source.open("rb") as raw:
            reader = _Reader(raw, before.st_size)
            self.tar.addfile(info, reader)  # type: ignore[arg-type]
        return before.st_size, reader.digest.hexdigest(), reader.whole and _still(before, source)

    def put_text(self, name: str, text: str) -> None:
        data = text.encode()
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(data), 0o600
        self.tar.addfile(info, io.BytesIO(data))


class _Folder:
    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, name: str, source: Path) -> tuple[int, str, bool]:
        before, to = source.stat(), self.root / name
        to.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as raw, to.open("wb") as out:
            reader = _Reader(raw, before.st_size)
            while data := reader.read(_CHUNK):
                out.write(data)
            _on_disk(out)
        return before.st_size, reader.digest.hexdigest(), reader.whole and _still(before, source)

    def put_text(self, name: str, text: str) -> None:
        with (self.root / name).open("w", encoding="utf-8") as out:
            out.write(text)
            _on_disk(out)


def _on_disk(out: IO[Any]) -> None:
    out.flush()
    os.fsync(out.fileno())


@contextmanager
def writing(target: Path) -> Iterator[Sink]:
    """A sink that becomes ``target`` when the block ends well, and leaves nothing when it does not.

    A name that ends in .tar.zst makes an archive, any other a folder; both are for their owner's eyes only.
    """
    part = target.with_name(f".{target.name}.part")
    discard(part)
    try:
        if target.name.endswith(TAR):
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                with (
                    zstandard.ZstdCompressor(level=6, write_checksum=True).stream_writer(
                        out, closefd=False
                    ) as packed,
                    tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
                ):
                    yield _Tar(tar)
                _on_disk(out)
        else:
            part.mkdir(mode=0o700)
            yield _Folder(part)
        part.rename(target)
        keep_names(target.parent)
    except BaseException:
        discard(part)
        raise


def discard(path: Path) -> None:
    """Remove a file or a folder that is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def manifest_beside(backup: Path) -> Path:
    """Where the manifest of an archive lies besides in it; a folder's lies in it."""
    if backup.is_dir():
        return backup / NAME
    return backup.with_name(backup.name.removesuffix(TAR) + SUFFIX)


def _safe(root: Path, name: str) -> Path:
    path = Path(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise Damaged(f"备份里有不该有的文件名“{name}”")
    return root / path


def unpack(backup: Path, into: Path) -> Manifest:
    """Copy all files of a backup into a folder and hold each to the manifest.

    Raises Damaged when it is no backup, or a file is missing, too many, or not what the manifest says.
    """
    if not backup.exists():
        raise Damaged(f"{backup} 不存在")
    try:
        found = _from_folder(backup, into) if backup.is_dir() else _from_tar(backup, into)
    except (zstandard.ZstdError, tarfile.TarError, EOFError) as error:
        raise Damaged(f"{backup.name} 已损坏,读不到底:{error}") from error
    text = into / NAME
    if not text.is_file():
        raise Damaged(f"{backup.name} 里没有 {NAME},不是完整的备份")
    manifest = read(text)
    said = {**manifest.files, **{f"tables/{name}.jsonl": table for name, table in manifest.tables.items()}}
    found.pop(NAME, None)
    wrong = [f"缺 {name}" for name in sorted(set(said) - set(found))]
    wrong += [f"多 {name}" for name in sorted(set(found) - set(said))]
    wrong += [
        f"{name} 的内容与清单不符" for name in sorted(set(said) & set(found)) if said[name]["sha256"] != found[name]
    ]
    if wrong:
        raise Damaged(f"{backup.name} 已损坏:" + ";".join(wrong[:10]))
    return manifest


def _copy(source: IO[bytes], to: Path) -> str:
    to.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with to.open("wb") as out:
        while data := source.read(_CHUNK):
            digest.update(data)
            out.write(data)
    return digest.hexdigest()


def _from_tar(backup: Path, into: Path) -> dict[str, str]:
    found = {}
    with (
        backup.open("rb") as raw,
        zstandard.ZstdDecompressor().stream_reader(raw) as packed,
        tarfile.open(fileobj=packed, mode="r|") as tar,
    ):
        for info in tar:
            if not info.isfile():
                raise Damaged(f"备份里有不该有的东西“{info.name}”")
            source = tar.extractfile(info)
            assert source is not None
            found[info.name] = _copy(source, _safe(into, info.name))
    return found


def _from_folder(backup: Path, into: Path) -> dict[str, str]:
    found = {}
    for path in sorted(backup.rglob("*")):
        if path.is_symlink():
            raise Damaged(f"备份里有不该有的东西“{path.name}”")
        if path.is_file():
            name = path.relative_to(backup).as_posix()
            with path.open("rb") as source:
                found[name] = _copy(source, into / name)
    return found


def manifest_of(backup: Path) -> Manifest:
    """The manifest without unpacking when it lies beside; else by reading the archive to its end."""
    beside = manifest_beside(backup)
    if beside.is_file():
        return read(beside)
    try:
        with (
            backup.open("rb") as raw,
            zstandard.ZstdDecompressor().stream_reader(raw) as packed,
            tarfile.open(fileobj=packed, mode="r|") as tar,
        ):
            for info in tar:
                if info.name == NAME and (source := tar.extractfile(info)) is not None:
                    return parse(source.read().decode())
    except (zstandard.ZstdError, tarfile.TarError, EOFError, OSError) as error:
        raise Damaged(f"{backup} 读不了:{error}") from error
    raise Damaged(f"{backup.name} 里没有 {NAME}")
