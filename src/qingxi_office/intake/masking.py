"""What a villager wrote, as others may read it: without telephone, identity and account numbers, and without names given."""

import re

# Seven digits or more, however they are spaced: telephones, identity cards, accounts. Full-width digits count.
_NUMBER = re.compile(r"[0-90-9](?:[\s\-—.]{0,2}[0-90-9]){6,}[xXＸ]?")
_NAME = re.compile(
    r"(我叫|我是|姓名是?[:：]?|名叫|叫做)\s*([\u4e00-\u9fff·]{2,4}?)(?=[,，。.;；、!！\s0-9]|的|，|$)"
)
_HOUSE = re.compile(r"[0-90-9一二三四五六七八九十]+\s*(?:号楼|号院|号|单元|室|户)")


def masked(text: str) -> str:
    """The text with what points to a person put out: numbers, names that the writer gives, house numbers."""
    text = _NUMBER.sub("［号码略］", text)
    text = _NAME.sub(lambda m: f"{m[1]}［姓名略］", text)
    return _HOUSE.sub("［门牌略］", text)
