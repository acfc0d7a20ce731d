"""An admin class has one instance, which all threads share: nothing of a request may be kept on it.

Nor in a variable of a module, which is as shared. The source of all apps is searched for both.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.admin import AdminSite
from django.contrib.admin.options import BaseModelAdmin

from recportal.staff.site import site
from tests.test_translations import ROOT

FOLDERS = ("recportal", "communities", "members", "assets")
#: Methods that run while the program starts, before there are requests.
AT_START = {"__init__", "__init_subclass__", "add_pages", "add_context", "add_first_page_context"}
#: Bases from outside of which each instance serves many requests.
SHARED_BASES = {"ModelAdmin", "AdminSite", "InlineModelAdmin", "TabularInline", "StackedInline", "UserAdmin"}
#: What fills a list, a dict or a set.
MUTATORS = {"append", "add", "update", "extend", "insert", "setdefault", "pop", "clear", "remove"}
#: (file, name) of variables of modules that functions write to, with the reason why they may.
KNOWN_WRITES = {
    ("recportal/api/openapi.py", "_components"): "filled while the modules are imported",
    ("recportal/jobs/tasks.py", "_tasks"): "filled while the modules are imported",
    ("recportal/jobs/worker.py", "_sources"): "filled while the modules are imported",
    ("recportal/jobs/worker.py", "_sweeps"): "filled while the modules are imported",
    ("recportal/jobs/worker.py", "_stopped"): "the worker's process answers no requests",
    ("recportal/bundles/garbage.py", "_at_work"): "counts the imports of the process, under a lock",
    ("recportal/bundles/garbage.py", "_usual"): "what the collector was set to before them, under a lock",
}


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in file.parts:
                yield file.relative_to(ROOT), ast.parse(file.read_text(encoding="utf-8"))


def shared_classes(modules: list[ast.Module]) -> set[str]:
    """The names of our classes that inherit, by whatever way, from a base of which instances are shared."""
    bases = {
        node.name: {_last(base) for base in node.bases}
        for module in modules
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef)
    }
    # What one is mixed into is shared as well: a mixin has no such base of its own.
    found = set(SHARED_BASES) | {"_ModelAdmin"}
    while True:
        more = {name for name, above in bases.items() if above & found} - found
        more |= {base for name in found & bases.keys() for base in bases[name] if base in bases} - found
        if not more:
            return found & bases.keys()
        found |= more


def _last(node: ast.expr) -> str:
    node = node.value if isinstance(node, ast.Subscript) else node
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def writes_to_self(method: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[int]:
    """The lines at which a method changes its instance."""
    if not method.args.args:
        return
    own = method.args.args[0].arg
    for node in ast.walk(method):
        if own in {_root(each) for each in _changed_by(node)}:
            yield node.lineno  # type: ignore[attr-defined]  # a statement or an expression


def _changed_by(node: ast.AST) -> list[ast.expr]:
    """What a statement or a call changes, where that is more than a name: a.b, a[b], a.b.append()."""
    if isinstance(node, ast.Attribute | ast.Subscript):
        return [] if isinstance(node.ctx, ast.Load) else [node]
    if not isinstance(node, ast.Call):
        return []
    match node.func:
        case ast.Name("setattr" | "delattr") | ast.Attribute(_, "__setattr__" | "__delattr__"):
            return node.args[:1]
        case ast.Attribute(ast.Attribute() | ast.Subscript() | ast.Call() as changed, name) if (
            name in MUTATORS
        ):
            return [changed]
    return []


def _root(node: ast.expr) -> str:
    """The name with which ``a.b[c].d`` begins; ``vars(self)`` and the like begin with what they are of."""
    while True:
        if isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "vars":
            node = node.args[0] if node.args else node.func
        else:
            return node.id if isinstance(node, ast.Name) else ""


def faults_in(file: Path, module: ast.Module, shared: set[str]) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef) and node.name in shared:
            for method in node.body:
                if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and method.name not in AT_START:
                    for line in writes_to_self(method):
                        yield f"{file}:{line} {node.name}.{method.name} keeps something on itself"


def writes_to_the_module(file: Path, module: ast.Module) -> Iterator[str]:
    """Where a function changes a variable of its module."""
    ours = {
        target.id
        for node in module.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for function in ast.walk(module):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        local = {each.arg for each in ast.walk(function) if isinstance(each, ast.arg)}
        local |= {
            each.id
            for each in ast.walk(function)
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
        }
        for node in ast.walk(function):
            names = {_root(each) for each in _changed_by(node)} - local
            if isinstance(node, ast.Global):
                names = set(node.names)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                names |= {_root(node.func.value)} - local if node.func.attr in MUTATORS else set()
            for name in names & ours - {known for where, known in KNOWN_WRITES if where == str(file)}:
                yield f"{file}: {function.name} writes to {name}"


def test_no_shared_object_keeps_anything_of_a_request() -> None:
    found = list(sources())
    shared = shared_classes([module for _file, module in found])
    faults = [fault for file, module in found for fault in faults_in(file, module, shared)]
    assert not faults, "\n".join(faults)


def test_every_admin_class_is_among_the_classes_that_are_searched() -> None:
    shared = shared_classes([module for _file, module in sources()])
    running = {
        ancestor.__name__
        for each in (site, *site._registry.values())
        for ancestor in type(each).__mro__
        if ancestor.__module__.partition(".")[0] in FOLDERS
    }
    assert running <= shared
    assert len(running) >= 10
    assert issubclass(type(site), AdminSite)
    assert all(isinstance(each, BaseModelAdmin) for each in site._registry.values())


def test_no_function_writes_to_a_variable_of_its_module() -> None:
    assert not [fault for file, module in sources() for fault in writes_to_the_module(file, module)]


@pytest.mark.parametrize(
    "statement",
    [
        "self.x = 1",
        "self.x += 1",
        "self.x: int = 1",
        "del self.x",
        "setattr(self, 'x', 1)",
        "object.__setattr__(self, 'x', 1)",
        "self.__dict__['x'] = 1",
        "vars(self)['x'] = 1",
        "self.x['y'] = 1",
        "self.x.append(1)",
        "self.x.y = 1",
        "(self.x, y) = 1, 2",
        "for self.x in y: pass",
        "with y as self.x: pass",
    ],
)
def test_the_search_finds(statement: str) -> None:
    source = f"""
class Mixed:
  def other(self, request):
    {statement}
class Admin(Mixed, admin.ModelAdmin):
  def view(self, request):
    {statement}
class Below(Admin):
  def view(self, request):
    {statement}
"""
    module = ast.parse(source)
    faults = list(faults_in(Path("x.py"), module, shared_classes([module])))
    assert {fault.split()[1] for fault in faults} == {"Mixed.other", "Admin.view", "Below.view"}


@pytest.mark.parametrize("statement", ["global X\n  X = 1", "X['a'] = 1", "X.append(1)", "del X['a']"])
def test_the_search_of_modules_finds(statement: str) -> None:
    module = ast.parse(f"X = []\ndef view(request):\n  {statement}")
    assert list(writes_to_the_module(Path("x.py"), module))
