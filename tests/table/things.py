"""Items for the tests of the table package."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.table.items import Item


class Thing(Item):
    """An item of the units table."""

    class Meta:
        table_name = "units"

    version = NumberAttribute(default=0)
    name = UnicodeAttribute(null=True)


class Other(Item):
    """An item of another table."""

    class Meta:
        table_name = "lots"

    name = UnicodeAttribute(null=True)
