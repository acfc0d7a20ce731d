"""Sentences of Django's that go wrong in a language with the words of the register.

Django's Italian puts an article before a name that it does not know ("Il apparecchio", "Il appartenenza").
Their texts stand here so that they get into our own catalogs, which come before Django's: there they are said
without an article. tests/staff/test_stock_sentences.py looks for others.
"""

from typing import Final

from django.utils.translation import gettext_noop, ngettext_lazy

STOCK: Final = (
    gettext_noop("The {name} “{obj}” was added successfully."),
    gettext_noop("The {name} “{obj}” was added successfully. You may add another {name} below."),
    gettext_noop("The {name} “{obj}” was added successfully. You may edit it again below."),
    gettext_noop("The {name} “{obj}” was changed successfully."),
    gettext_noop("The {name} “{obj}” was changed successfully. You may add another {name} below."),
    gettext_noop("The {name} “{obj}” was changed successfully. You may edit it again below."),
    gettext_noop("The %(name)s “%(obj)s” was deleted successfully."),
    gettext_noop("%(name)s with ID “%(key)s” doesn’t exist. Perhaps it was deleted?"),
    gettext_noop("Add another %(model)s"),
    gettext_noop("Add another %(verbose_name)s"),
    gettext_noop("View selected %(model)s"),
    gettext_noop("Change selected %(model)s"),
    gettext_noop("Delete selected %(model)s"),
    gettext_noop("%(model_name)s with this %(field_label)s already exists."),
    gettext_noop("%(model_name)s with this %(field_labels)s already exists."),
    gettext_noop("No %(verbose_name)s found matching the query"),
    gettext_noop("No %(verbose_name_plural)s available"),
    ngettext_lazy("%(total_count)s selected", "All %(total_count)s selected"),
)
