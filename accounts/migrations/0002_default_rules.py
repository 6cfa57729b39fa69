from django.db import migrations

RULES = [("gov", ""), ("mil", "military"), ("edu", "university")]
REASON = "Who may join from the first day: government, military and university addresses."


def add_rules(apps, schema_editor):
    rules = apps.get_model("accounts", "DomainRule").objects.using(schema_editor.connection.alias)
    for suffix, affiliation in RULES:
        rules.get_or_create(
            suffix=suffix, effect="allow", defaults={"affiliation": affiliation, "reason": REASON}
        )


def remove_rules(apps, schema_editor):
    rules = apps.get_model("accounts", "DomainRule").objects.using(schema_editor.connection.alias)
    rules.filter(
        suffix__in=[suffix for suffix, _affiliation in RULES], effect="allow", reason=REASON
    ).delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunPython(add_rules, remove_rules)]
