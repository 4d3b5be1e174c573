"""Orders of the government hotline 12345 (工单) as its platform hands them out in a table."""

from qingxi.files.book_cells import choice, day, identifier, moment, place_code
from qingxi.files.book_columns import Column

KLASSES = ("投诉", "举报", "求助", "咨询", "建议")

HOTLINE = (
    Column("number", "工单号", identifier, ("工单编号", "受理编号", "任务编号", "编号"), needed=True, given=True),
    Column(
        "klass", "类别",
        choice({w: w for w in KLASSES} | {"投诉类": "投诉", "举报类": "举报", "求助类": "求助", "咨询类": "咨询", "建议类": "建议"}),
        ("工单类别", "诉求类型", "诉求类别", "工单类型"), needed=True,
    ),
    Column("title", "标题", aliases=("工单标题", "事项", "诉求标题")),
    Column("text", "来电内容", aliases=("诉求内容", "工单内容", "反映内容", "主要内容"), needed=True),
    Column("caller", "来电人", aliases=("诉求人", "联系人", "反映人"), group="来电人（内部，只用于答复）"),
    Column("phone", "联系电话", identifier, ("来电号码", "电话", "联系方式"), group="来电人（内部，只用于答复）"),
    Column("place", "地点", aliases=("诉求地址", "发生地点", "地址")),
    Column("village", "行政村代码", place_code(12), ("村代码",)),
    Column("facility", "设施编号", identifier, ("站点编号",)),
    Column("called_at", "来电时间", moment, ("受理时间", "登记时间"), default=None),
    Column("sent_on", "派单日期", day, ("派单时间", "转办时间", "交办时间", "下派时间"), needed=True),
    Column("due_on", "要求答复日期", day, ("办结时限", "答复时限", "办理时限", "到期时间", "截止时间"), default=None),
)  # fmt: skip
