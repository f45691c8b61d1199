"""Many tables in one operation: they may refer to each other, and go again."""

import pytest
from django.db import connection, models
from django.db.migrations import CreateModel
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import OperationWriter

from lib.migrations import CreateModels

pytestmark = pytest.mark.django_db(transaction=True)


def pair() -> CreateModels:
    """Each row of one leads to a row of the other."""
    key = ("id", models.BigAutoField(primary_key=True))
    return CreateModels(
        [
            CreateModel("Hen", [key, ("egg", models.ForeignKey("lib.Egg", models.CASCADE))]),
            CreateModel("Egg", [key, ("hen", models.ForeignKey("lib.Hen", models.CASCADE))]),
        ]
    )


def tables() -> set[str]:
    return {name for name in connection.introspection.table_names() if name.startswith("lib_")}


def test_tables_that_refer_to_each_other_come_and_go():
    operation, before, after = pair(), ProjectState(), ProjectState()
    operation.state_forwards("lib", after)

    with connection.schema_editor() as editor:
        operation.database_forwards("lib", editor, before, after)
    assert tables() == {"lib_egg", "lib_hen"}

    with connection.schema_editor() as editor:
        operation.database_backwards("lib", editor, after, before)
    assert tables() == set()


def test_it_is_written_as_it_is_read():
    text, imports = OperationWriter(pair(), indentation=0).serialize()

    assert text.startswith("lib.migrations.CreateModels(")
    assert "import lib.migrations" in imports


def test_it_says_what_it_does():
    assert pair().describe() == "Create models Hen, Egg"
    assert pair().migration_name_fragment == "hen_egg"
    assert pair().references_model("Hen", "lib")
