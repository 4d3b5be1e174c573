"""秘密 comes in nowhere: folder, base map, plan made here, plan taken in, a sheet, an attachment."""

import json
import shutil

import pytest

from qingxi_office.jobs.actions import sheets
from qingxi_office.jobs.models import Job
from qingxi_office.plans.models import PlanRecord
from qingxi_office.site.loading import load, load_plan
from qingxi_office.site.working.planning import secret_layers
from qingxi_office.villages.models import HouseholdRecord


@pytest.fixture
def secret_folder(hamlet_folder, tmp_path):
    """The example county with every layer of its ground marked 秘密."""
    folder = tmp_path / "county"
    shutil.copytree(hamlet_folder, folder)
    toml = folder / "county.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8")
        .replace('secrecy = "公开"', 'secrecy = "秘密"')
        .replace('secrecy = "内部"', 'secrecy = "机密"'),
        encoding="utf-8",
    )
    return folder


def test_loading_leaves_secret_layers_out_and_says_so(db, office, secret_folder):
    job = load(secret_folder, by=office)
    refused = [f for f in job.faults.all() if f.code == "secrecy-refused"]
    assert refused
    assert "不接收" in refused[0].rule
    assert not HouseholdRecord.objects.exclude(lon=None).exists(), "no house point of a secret layer is kept"


def test_no_plan_is_made_from_secret_layers(secret_folder, hamlet_folder):
    assert "不联网的机器" in secret_layers(secret_folder)
    assert secret_layers(hamlet_folder) == ""


def test_a_secret_plan_is_not_taken_in(hamlet, office, hamlet_plan, tmp_path):
    folder = tmp_path / "plan"
    shutil.copytree(hamlet_plan, folder)
    text = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    (folder / "plan.json").write_text(json.dumps({**text, "secrecy": "秘密"}, ensure_ascii=False), encoding="utf-8")
    with pytest.raises(ValueError, match="不联网的机器"):
        load_plan(folder, by=office, adopt="x")
    assert not PlanRecord.objects.exists()


def test_the_base_map_reads_no_secret_layer(hamlet, secret_folder):
    from qingxi_office.places.queries import county
    from qingxi_office.site.pages import basemap

    own = county()
    assert basemap.layers(own).waters or basemap.layers(own).roads
    own.source_folder = str(secret_folder)
    base = basemap.layers(own)
    assert (base.waters, base.roads, base.relief_corners) == ([], [], None)


def test_a_sheet_marked_secret_is_refused(cast):
    before = Job.objects.count()
    with pytest.raises(ValueError, match="秘密"):
        sheets.receive("管网 秘密★1年.xlsx", b"x", table="", path="", by=cast.chenjing)
    assert Job.objects.count() == before


@pytest.mark.parametrize(("name", "note"), [("图 机密★.pdf", ""), ("图.pdf", "密级：秘密")])
def test_an_attachment_marked_secret_is_refused(cast, name, note):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from qingxi.origin import Ref
    from qingxi_office.attachments.actions import attach
    from qingxi_office.attachments.content import NotTaken
    from qingxi_office.attachments.models import Attachment

    with pytest.raises(NotTaken, match="不联网"):
        attach(Ref("village", "999901100200"), SimpleUploadedFile(name, b"%PDF-1.4"), by=cast.chenjing, note=note)
    assert not Attachment.objects.exists()
