"""The words of the phone's page, and of the checklist and the signs as a reader's language has them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

# What the page says; {n} and the like are put in on the phone.
PAGE: dict[str, Any] = {
    "title": _("今天的巡查"), "offline": _("离线"), "online": _("已连上"), "sending": _("正在送"), "signed_out": _("要重新登录"),
    "to_send": _("待同步 {n}"), "all_sent": _("都已送达"), "sign_in": _("登录"), "send_now": _("现在送"), "safe": _("存在手机里，不会丢"),
    "no_pack": _("手机里还没有村包。"), "no_pack_help": _("有信号时打开一次这一页并登录，站、问题和上次的回答就存进手机，之后没有信号也能用。"),
    "no_stations": _("您的辖区里没有要巡查的站。"), "left": _("今天还有 {n} 座站要去，已去 {done} 座。"), "none_due": _("今天没有到期的站，最近的 {d} 到期。"), "all_done": _("今天该去的都去了，共 {done} 座。"),
    "pack_at": _("村包 {d} 更新"), "scan": _("扫站上的码"), "scan_stop": _("不扫了"), "scan_outside": _("这个浏览器里扫不了码：用手机自带的“扫一扫”扫站上的码，或者在下面选站。"),
    "next": _("下一站："), "today_list": _("今天该去的"), "map": _("在哪里"), "map_none": _("这些站还没有坐标。"), "map_label": _("{n} 座站的位置图"), "north": _("北"),
    "on_phone": _("记过的"), "none_yet": _("这部手机上还没有记录。记下的会列在这里，看得见送到了没有。"), "later_list": _("还没到日子的 {n} 座"),
    "save_file": _("没送到的另存一份"), "basis": _("几天去一次按站的大小定，表里写着来源，县里可以改。"), "office": _("回办公室首页"),
    "late": _("晚了 {n} 天"), "due_today": _("今天到期"), "due_on": _("{d} 到期"), "done_here": _("{t} 记了，在手机里"), "done_sent": _("{t} 记了，已送达"),
    "go": _("去"), "again": _("再记"), "back": _("今天的站"),
    "st_waiting": _("在手机里"), "st_photos": _("照片还在送"), "st_done": _("已送达"), "st_refused": _("办公室没有收"),
    "n_photos": _("照片 {n} 张"), "report_no": _("报修收件号 {n}"), "other_person": _("是 {who} 记的，请他登录后送"),
    "lost": _("浏览器清理过存储，有 {n} 条没送到的记录可能丢了。请重新去看，并告诉乡镇专干；以后每天收工时连一次网。"),
    "sign_in_help": _("登录过期了。手机里的 {n} 条都在，登录以后自己会送。"), "pack_old": _("村包是 {d} 的，有信号时打开这一页就会更新。"),
    "not_persisted": _("浏览器没有答应长期保存：手机快满时可能清掉记录。把这一页“添加到主屏幕”，或者尽快连网。"),
    "room_little": _("手机给这一页的空间只剩 {n} MB，照片可能存不下：连网送走，或清理手机。"),
    "storage_full": _("手机存满了，这次没有存下。少留几张照片再点“存下”，或者清理手机；填的还在这一页。"),
    "storage_broken": _("手机的存储打不开。不要用无痕窗口；关掉别的网页再试。"), "unknown_code": _("村包里没有这座站：可能不在您的辖区，或者村包旧了。"),
    "kept": _("{v}：存下了。"), "answered": _("{of} 题答了 {n} 题"), "all_good": _("站上八样都正常"), "all_good_help": _("一下全答“好”，哪样不好再改哪样。"),
    "no_place": _("还没有定位；没有位置也能存。"), "no_station_place": _("这座站没有登记坐标。"), "at_station": _("已到站，离站牌 {m}"),
    "not_at_station": _("离站还有 {m}"), "last_time": _("上次 {d} "), "is_so": _("{what}{how}"), "ask_repair": _("，要报修吗？"), "and": _("、"), "repair_yes": _("要报修"), "repair_no": _("先不报"),
    "repair_help": _("有信号后自动发给乡镇专干和运维，收件号随后显示。"), "repair_first": _("先点要不要报修。"),
    "photo": _("照片"), "photo_what": _("拍站门和坏的地方"), "photo_take": _("拍照"), "photo_more": _("再拍"), "photo_drop": _("不要这张"), "photo_n": _("照片 {n}"),
    "photo_help": _("拍一张，说明到过。"), "photo_burnt": _("时间和地点已经印在照片上。"), "photo_working": _("正在缩小照片…"), "photo_broken": _("这张照片打不开，请再拍一张。"), "strip_away": _("离站牌 {m}"),
    "meter": _("电表读数"), "meter_digits": _("电表只写数字。"), "meter_optional": _("看得到就写，看不到可以不写。"), "meter_last": _("上次是 {n}。"),
    "meter_less": _("比上次的 {n} 还小，再看一眼；换过表就照写。"), "meter_more": _("比 {d} 多 {n} 度。"),
    "village_part": _("村里三样（三基本）："), "note": _("还看到什么"), "note_type": _("写几个字"), "n_rubbish": _("池里有垃圾"), "n_noise": _("设备有异响"), "n_foreign": _("有人偷排"),
    "n_sludge": _("要清淤"), "n_power": _("停电"), "n_cleaned": _("顺手打扫了"),
    "keep": _("存下"), "keep_help": _("存在手机里，有信号自己送，只送一次。"), "nothing_said": _("至少答一题或拍一张照片。"),
}  # fmt: skip

# The checklist's words, for readers of another language; the table itself is Chinese.
CHECKLIST: dict[str, Any] = {
    "进水": _("进水"), "风机": _("风机"), "出水": _("出水"), "气味": _("气味"), "站门围栏": _("站门围栏"), "井盖": _("井盖"), "控制箱灯": _("控制箱灯"), "周边有污水": _("周边有污水"),
    "村里基本看不到污水横流": _("村里基本看不到污水横流"), "村里基本闻不到臭味": _("村里基本闻不到臭味"), "村里基本听不到村民怨言": _("村里基本听不到村民怨言"),
    "有": _("有"), "没有": _("没有"), "响": _("响"), "不响": _("不响"), "响声不对": _("响声不对"), "清": _("清"), "浑": _("浑"), "没水": _("没水"), "有点": _("有点"), "很臭": _("很臭"), "完好": _("完好"),
    "坏了": _("坏了"), "都在": _("都在"), "有缺": _("有缺"), "绿": _("绿"), "红": _("红"), "不亮": _("不亮"), "看不到": _("看不到"), "看得到": _("看得到"), "闻不到": _("闻不到"), "闻得到": _("闻得到"),
    "听不到": _("听不到"), "有怨言": _("有怨言"),
}  # fmt: skip

SIGNS: dict[str, Any] = {
    "same_photo": _("同一张照片"), "alike_photo": _("照片几乎一样"), "speed": _("走得太快"), "far": _("离站太远"), "bulk": _("挤在一起记"),
    "same_answers": _("总是一样又没有照片"), "photo_time": _("照片时间对不上"), "photo_place": _("照片位置对不上"), "clock_wrong": _("手机钟不准"), "clock_moved": _("手机钟调过"),
}  # fmt: skip
"""What a sign is called."""


def answered(version: str, answers: dict[str, str]) -> list[tuple[Any, Any, str]]:
    """(question, answer, verdict) of a round in the reader's language; what no version knows is shown as it was sent."""
    from qingxi.patrol import checklist, checklists

    asked, out = checklists().get(version) or checklist(), []
    for key, said in answers.items():
        question = asked.question(key)
        answer = question.answer(said) if question else None
        if question is None or answer is None:
            out.append((key, said, "unknown"))
        else:
            out.append(
                (
                    CHECKLIST.get(question.word, question.word),
                    CHECKLIST.get(answer.word, answer.word),
                    answer.verdict,
                )
            )
    return out
