from django.db import migrations


def to_the_law_of_all(apps, editor):
    """The last number of each year goes on where every record's numbers are counted."""
    alias = editor.connection.alias
    given = apps.get_model("trail", "NumberGiven").objects.using(alias)
    for row in apps.get_model("issues", "IssueNumber").objects.using(alias):
        given.update_or_create(head=f"WT-{row.year}-", defaults={"last": row.last})


class Migration(migrations.Migration):

    dependencies = [
        ('issues', '0005_photographs_and_nudges'),
        ('trail', '0004_numbers_given'),
    ]

    operations = [
        migrations.RunPython(to_the_law_of_all, migrations.RunPython.noop),
        migrations.DeleteModel(name='IssueNumber'),
    ]
