"""What foreign libraries say of a broken file, with Chinese words before it: GDAL, PROJ, TOML and zip speak English."""

import re

_WORDS: tuple[tuple[str, str], ...] = (
    # how it begins or what it contains, what it means
    (
        r"not recognized as (being in )?a supported file format|unsupported (file )?format",
        "不是认识的文件格式，或文件已损坏",
    ),
    (r"no such file|does not exist|cannot open file|unable to open", "打不开这个文件"),
    (r"permission denied", "没有权限读这个文件"),
    (r"file is not a database|malformed|database disk image", "不是完整的 GeoPackage，多半没有拷全"),
    (r"database is locked|locked", "文件正被别的程序占用"),
    (
        r"not a zip file|bad magic number|file is not a zip|invalid zip|zip archive",
        "不是完整的 xlsx，多半没有拷全或改过后缀",
    ),
    (r"cannot detect file format|could not determine|invalid xlsx|invalid signature", "不是 Excel 文件，或已损坏"),
    (r"password|encrypt", "文件加了密码"),
    (r"truncated|unexpected end|eof", "文件不完整，多半没有拷全"),
    (r"read failed|readblock|ireadblock|decode|tiffread|scanline|corrupt", "读到一半出错，文件多半已损坏"),
    (r"invalid (date|datetime|time)|hour must|month must|day is out", "日期写得不对"),
    (r"cannot declare .* twice|cannot overwrite|duplicate", "同一项写了两次"),
    (r"expected '=' after a key", "键的后面要有等号 ="),
    (r"expected newline or end of document", "一行里多写了内容，值是文字的要加引号"),
    (r"invalid value", "值写得不对，文字要加引号"),
    (r"unterminated string|expected .* at the end of|illegal character", "引号没有成对，或有不该有的字符"),
    (r"invalid initial character for a key|bare key|invalid statement", "键名写得不对，中文键名要加引号"),
    (r"unescaped|escape", "反斜杠 \\ 要写两个，或改用 /"),
    (r"unclosed array|expected.*\]|unclosed", "方括号没有成对"),
    (r"could not convert string to float|invalid literal", "不是数字"),
    (r"memory", "内存不够"),
)
_WHERE = re.compile(r"\(at line (\d+), column (\d+)\)")


def in_chinese(error: object) -> str:
    """The message with Chinese words first, the library's own in brackets behind; a message in Chinese as it is.

    >>> in_chinese("Expected '=' after a key in a key/value pair (at line 3, column 5)")
    "第 3 行第 5 列：键的后面要有等号 =（Expected '=' after a key in a key/value pair）"
    """
    text = " ".join(str(error).split())
    if re.search(r"[\u4e00-\u9fff]", text):
        return text
    at = _WHERE.search(text)
    place = f"第 {at[1]} 行第 {at[2]} 列：" if at else ""
    if "(at end of document)" in text:
        place = "文件末尾："
    own = _WHERE.sub("", text).replace("(at end of document)", "").strip()
    said = next((words for pattern, words in _WORDS if re.search(pattern, own, re.IGNORECASE)), "读不出来")
    return f"{place}{said}（{own}）" if own else f"{place}{said}"
