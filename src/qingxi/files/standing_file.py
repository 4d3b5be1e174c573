"""``standing.npz`` (在案方案): a plan kept so that what-if questions are answered in seconds, without reading the county again."""

import json
import zipfile
from pathlib import Path

import numpy as np

from qingxi.plan import Standing, pack, unpack

NAME = "standing.npz"


def write_standing(folder: Path, standing: Standing) -> Path:
    """Write ``standing.npz`` into a plan's folder; the same plan gives the same bytes."""
    arrays, tree = pack(standing)
    text = np.frombuffer(json.dumps(tree, ensure_ascii=False).encode("utf-8"), dtype=np.uint8)
    path = folder / NAME
    partial = folder / (NAME + ".part")
    with partial.open("wb") as file:
        np.savez(file, allow_pickle=False, tree=text, **arrays)
    partial.replace(path)
    return path


def read_standing(folder: Path) -> Standing:
    """Read it back.

    Raises
    ------
    FileNotFoundError
        When the folder has none (a public plan, level L0, an older version).
    ValueError
        When it is broken or of another version; the message is in Chinese.
    """
    path = folder / NAME
    if not path.is_file():
        raise FileNotFoundError(f"{folder} 里没有 {NAME}：公开版、只有村表的规划和旧版成果没有；请重新规划")
    try:
        with np.load(path, allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
        tree = json.loads(arrays.pop("tree").tobytes().decode("utf-8"))
        return unpack(arrays, tree)
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} 读不出来，可能没有拷全或是别的版本写的；请重新规划（{error}）") from error
