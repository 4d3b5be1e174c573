"""The rules an input file is held to (输入校核规则), each with the words in which a breach is reported.

One row a rule: its stable code, what had to hold, what to do about it, and how grave it is. Readers speak through
:class:`Faults` only, so that every fault of every file comes out at once and in the same words.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from qingxi.origin import Fault, Severity, errors_of

_E, _W = Severity.ERROR, Severity.WARNING

RULES: dict[str, tuple[str, str, Severity]] = {
    # county.toml and files as a whole
    "toml-missing": (
        "县域数据夹里要有 county.toml",
        "放一个 county.toml，或改用 --households --streets --elevation",
        _E,
    ),
    "toml-syntax": ("county.toml 要符合 TOML 语法", "按提示的行列改正，中文要加引号", _E),
    "toml-value": ("county.toml 的这一项要是{0}", "改正这一项", _E),
    "toml-unknown": ("county.toml 里没有这一项的约定，已忽略", "核对拼写，见 docs/formats/county-folder.md", _W),
    "file-missing": ("文件要存在", "核对路径，或把文件放到该处", _E),
    "file-empty": ("文件不能是空的（0 字节）", "重新拷贝或重新导出该文件", _E),
    "file-unreadable": ("文件要能按其格式读开", "用 QGIS 或 Excel 打开看看，重新导出", _E),
    "layer-missing": ("文件里要有这一图层，现有：{0}", "改 layer 一项，或改正文件", _E),
    "layer-empty": ("图层里至少要有一个要素", "核对导出时的筛选条件", _E),
    "layer-blank": ("图层里没有要素，按没有此类对象处理", "如不是有意，核对导出时的筛选条件", _W),
    "shapefile-part": ("Shapefile 要有同名的{0}文件", "把同名的 .shp .shx .dbf .prj 一起拷来", _E),
    "encoding-guessed": ("文字编码没有写明，按{0}读入", "补一个 .cpg 文件，或在 county.toml 写 encoding", _W),
    "encoding-wrong": ("文字编码要与声明的{0}一致，已按{1}读入", "改正 .cpg 文件或 encoding", _W),
    "encoding-broken": ("文字要能按 UTF-8 或 GB18030 读出，读不出的字以 � 代替", "重新导出，编码选 UTF-8", _W),
    "nothing-to-plan": (
        "要有住户点图层，或有户数、人数的行政村表",
        "在 county.toml 写 [layers.households] 或 [books] villages，或用 --households、--villages",
        _E,
    ),
    "source-missing": ("图层要写明来源、日期、密级", "在 county.toml 该图层下补 source、date、secrecy", _W),
    "secrecy-unknown": ("密级只能是 公开、内部、秘密，按最严的 秘密 处理", "改正 secrecy", _W),
    "secrecy-refused": ("联网的系统不接收 秘密 图层", "在不联网的机器上用命令行规划", _E),
    # coordinates
    "no-crs": ("图层要有坐标系", "补 .prj，或在 county.toml 写 crs，或加 --crs EPSG:…", _E),
    "crs-assumed": ("图层没有写明坐标系，按{0}处理", "补 .prj 或写明 crs", _W),
    "crs-unknown": ("坐标系要是 PROJ 认识的", "写成 EPSG:4490、EPSG:4544 这样的代号", _E),
    "crs-impossible": ("坐标要在所称坐标系（{0}）的范围内", "多半是坐标系写错：核对原图的坐标系", _E),
    "axes-swapped": ("经度要在前、纬度在后", "对调两列，或改 columns", _E),
    "layers-apart": ("各图层要落在一处，这一层离住户 {0} km", "多半是坐标系写错：核对这一层和住户层的坐标系", _E),
    "crs-outside-china": ("县域不在中国范围，计算坐标系用{0}", "如不是有意，核对住户层坐标系", _W),
    # rows
    "column-missing": ("要有 {0} 一列", "补这一列，或在 county.toml 的 columns 里指明列名", _E),
    "id-absent": ("没有编号列，以行号为编号", "补一列不重复的编号", _W),
    "id-empty": ("编号不能为空，以行号为编号", "补编号", _W),
    "id-useless": ("编号列大半相同，不是编号，以行号为编号", "补一列不重复的编号", _W),
    "id-twice": ("编号不能重复（第 {0} 行已用），位置不同，本行改称 {1}", "改成不重复的编号", _W),
    "id-duplicate": ("编号不能重复（第 {0} 行同一位置已用），本行不用", "改成不重复的编号，或删去重复的行", _E),
    "number-text": ("不是数字，按没有填写处理", "改成数字", _W),
    "number-as-text": ("数字存成了文本，已按数字读入", "在 Excel 中转为数字", _W),
    "code-as-number": ("编码存成了数字，已转回文本", "把该列设为文本格式再填", _W),
    "code-shape": ("编码要是 {0} 位数字", "核对编码，不要让 Excel 改成科学计数", _E),
    "people-negative": ("人数不能为负，本行不用", "核对人数", _E),
    "people-absurd": ("一户人数在 {0} 以下才像住户", "核对是否把村人数填到了户上", _W),
    "people-absent": ("没有常住人口，按户籍人口折算，也没有的每户按 {0} 人计", "补常住人口，或用 --people", _W),
    "value-unknown": ("{0}要是 {1} 之一，按 {2} 处理", "改正取值", _W),
    "value-negative": ("{0}不能为负，本行不用", "核对数值", _E),
    "date-shape": ("日期要写成 2026-11-22", "改正日期", _W),
    "people-none": ("全部 {0} 户的常住人口都是 0，按空户规划，没有污水", "核对常住人口一列", _W),
    "outlet-none": (
        "没有给出排放口、现有污水管或处理设施，近纳管不在比较之内",
        "有可接入的管网时用 --outlet 或 sewers、plants 图层给出",
        _W,
    ),
    "hamlet-unknown": ("自然村编号要在自然村表里，改归最近的自然村", "核对编号", _W),
    # geometry
    "geometry-null": ("要素要有几何，本行不用", "在 QGIS 中补画，或删去该行", _E),
    "geometry-kind": ("几何要是{0}，本行不用", "分成不同图层再导出", _E),
    "geometry-mixed": ("一层里混有{0}几种几何", "分成不同图层；能用的已用", _W),
    "geometry-invalid": ("多边形要合法（不自交），已修复", "在 QGIS 中修复几何", _W),
    "geometry-broken": ("几何修复不了，本行不用", "在 QGIS 中重画", _E),
    "geometry-z": ("几何带高程或量测值(Z/M)，已略去", "高程以 elevation 图层为准", _W),
    "geometry-multi": ("多部件几何已拆开或取其代表点", "如不合意，先在 QGIS 中拆开", _W),
    "geometry-nan": ("坐标要是有限的数，本行不用", "改正坐标", _E),
    "point-same": ("与第 {0} 行在同一点上", "一栋多户可不理；重复录入的请删去", _W),
    # streets
    "street-short": ("道路线不能没有长度，本行不用", "删去该要素", _W),
    "rebuild-past": ("改建年份 {0} 早于图层年份，视为已改建，按现有路面计", "核对改建年份", _W),
    "rebuild-unknown": ("计划改建要填年份或是/否，按不改建处理", "改正取值", _W),
    "street-crossing": (
        "道路相交处要有公共节点，{0} 处没有，规划时按相交打断",
        "立交桥请断开图上的线；其余可不理",
        _W,
    ),
    "street-pieces": ("道路网要连成一片，现为 {0} 片，最大一片 {1}% 的长度", "核对断头处；各片分别规划", _W),
    # elevation
    "raster-bands": ("高程只用第一个波段", "导出单波段高程", _W),
    "raster-tilted": ("栅格要正北，旋转的栅格已重采样", "可不理", _W),
    "height-nodata": ("有 {0} 格取值 {1}，不是文件声明的无数据值，按缺失处理", "在文件中声明无数据值", _W),
    "height-absurd": ("高程要在 −450 与 9000 m 之间，{0} 格不在，按缺失处理", "核对高程文件", _W),
    "height-spike": (
        "{0} 格高程与四周相差 {1} m 以上，按缺失处理并以四周补上",
        "核对高程文件；若是真地形请换更细的高程",
        _W,
    ),
    "frost": (
        "当地冻深约 {0:g} m，所选规范只按 {1:g} m 加埋，管道会在冰冻线以上",
        '按当地冻深写 frost_depth_m，或改用 norms = "{2}"',
        _W,
    ),
    "height-filled": ("缺失的小块共 {0} 格已用四周补上", "可不理", _W),
    "height-hole": ("高程有大块空洞（中心约在 {0}，{1} 格），洞内住户无高程", "补上该处高程", _W),
    "height-feet": (
        "高程要以米为单位，这一层是英尺，已乘 {0} 换算成米",
        "换成以米为单位的高程，或核对文件所写的单位",
        _W,
    ),
    "height-like-feet": (
        "高程约为已有管道管底标高的 {0} 倍，像是把英尺当成了米",
        "核对高程的单位；是英尺的先乘 0.3048 换算成米",
        _W,
    ),
    "height-none": ("高程图层要有有效值", "核对高程文件", _E),
    "raster-apart": ("高程要盖住住户，现在一户也没盖住", "核对高程文件的坐标系和范围", _E),
    "point-outside-raster": ("户要落在有高程的范围内，本户按无高程处理", "补该处高程，或核对该户坐标", _W),
    "outlet-outside": (
        "排放口要落在高程范围内{0}",
        "核对 --outlet：东在前、北在后，与住户图层同一坐标系，或用经纬度",
        _E,
    ),
    "outlet-apart": ("排放口离住户 {0} km，不在一处", "核对 --outlet：经度（东）在前，纬度（北）在后", _E),
    "outlet-far": ("排放口离最近的住户 {0} km", "核对 --outlet 的坐标", _W),
    "override-id": ("编号不能重复（第 {0} 行已用），本行不用", "改成不重复的编号", _E),
    "override-kind": ("人工调整的种类要是{0}之一，本行不用", "改正种类", _E),
    "override-because": ("人工调整要写明理由、经办人、日期，本行不用", "补上这一格", _E),
    "override-mode": ("所定模式要是{0}之一，本行不用", "改正模式", _E),
    "override-whom": ("要写明{0}，本行不用", "补上这一格", _E),
    "outlet-shape": ("排放口要写成 X,Y 两个数", "例如 --outlet=690500,2557000", _E),
}
"""Code: (what had to hold, the remedy, severity). ``{0}`` stands for what the reader puts in."""


@dataclass
class Faults:
    """Collects faults while reading goes on; reading never stops at the first."""

    rows: list[Fault] = field(default_factory=list)

    def add(
        self, code: str, file: str, *about: object, row: int | None = None, name: str = "", value: object = ""
    ) -> None:
        """Note a breach of rule ``code`` in ``file``; ``about`` fills the rule's blanks, ``name`` is the column."""
        rule, remedy, severity = RULES[code]
        text = "" if value is None else str(value)
        self.rows.append(
            Fault(file, row, name, text[:120], rule.format(*about), remedy.format(*about), code, severity)
        )

    def __iter__(self) -> Iterator[Fault]:
        return iter(self.rows)

    @property
    def errors(self) -> list[Fault]:
        return errors_of(self.rows)

    def has(self, code: str) -> bool:
        return any(fault.code == code for fault in self.rows)
