from django.db import migrations

from qingxi.place import party_of
from qingxi_office.places.keys import keys_for


def write(apps, _schema):
    """Keys of the places that are there, and the kind of party of the duties."""
    place, key = apps.get_model("places", "Place"), apps.get_model("places", "PlaceKey")
    rows = []
    for row in place.objects.filter(valid_to=None).only("name", "former_names", "code", "path"):
        texts = keys_for({row.name, *row.former_names}, {row.code})
        rows += [key(place_id=row.pk, key=text, path=row.path) for text in sorted(texts)]
    key.objects.bulk_create(rows, batch_size=2000)
    unit, duty = apps.get_model("places", "Unit"), apps.get_model("places", "Duty")
    for pk, kind in unit.objects.values_list("pk", "kind"):
        duty.objects.filter(unit_id=pk).update(party=party_of(kind).value)


class Migration(migrations.Migration):
    dependencies = [("places", "0004_dated_tree")]
    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
