"""Tables for spreadsheets, as CSV: one row for each member, or for each asset, of a community.

What the export writes is what the import reads and what the template offers. A table becomes the same neutral
form as a bundle, and goes through the same plan: ``docs/spreadsheets.md``.
"""

from .columns import Column, Kind, columns_of
from .dialects import Dialect
from .reading import read_table
from .sheet import Sheet
from .writing import table_lines, template_lines

__all__ = ["Column", "Dialect", "Kind", "Sheet", "columns_of", "read_table", "table_lines", "template_lines"]
