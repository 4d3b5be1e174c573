"""The eight questions of a round, as a person at the station answers them with a thumb."""

from django.utils.translation import gettext_lazy as _

# Keys and answers as qingxi.files.evidence reads them from sheets; the second choice of each is the bad one.
QUESTIONS = (
    ("inflow", _("进水"), (("yes", _("有")), ("no", _("没有")))),
    ("blower", _("风机"), (("on", _("响")), ("off", _("不响")), ("fault", _("响声不对")))),
    ("outflow", _("出水"), (("yes", _("有")), ("no", _("没有")))),
    ("smell", _("气味"), (("no", _("不臭")), ("yes", _("臭")))),
    ("fence", _("围栏"), (("ok", _("完好")), ("broken", _("破损")))),
    ("covers", _("井盖"), (("ok", _("完好")), ("broken", _("破损")))),
    ("panel_light", _("控制箱灯"), (("on", _("亮")), ("off", _("不亮")), ("fault", _("红灯")))),
    ("sewage_around", _("周边污水"), (("no", _("没有")), ("yes", _("有")))),
)
