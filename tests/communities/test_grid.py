"""The grid as a tree: nothing is lost when a node is moved or taken out."""

from communities.grid import Grid, areas_without_node, moved_below, with_node, without_node

GRID = [
    {"id": "a", "type": "line", "children": ["b", "c"]},
    {"id": "b", "type": "line", "children": ["d", "e"], "ours": 1},
    {"id": "c", "type": "line"},
    {"id": "d", "type": "line"},
    {"id": "e", "type": "line"},
]


def tree(topology: list[object]) -> dict[str, list[str]]:
    return Grid(topology).children


def test_a_node_that_is_removed_leaves_its_place_to_what_hangs_below() -> None:
    assert tree(without_node([*GRID], "b")) == {"a": ["d", "e", "c"]}


def test_below_a_removed_top_are_new_tops() -> None:
    assert Grid(without_node([*GRID], "a")).roots == ["b", "c"]


def test_a_node_moves_with_what_hangs_below() -> None:
    moved = moved_below([*GRID], "b", "c")
    assert tree(moved) == {"a": ["c"], "c": ["b"], "b": ["d", "e"]}
    assert moved[1] is GRID[1]
    assert Grid(moved_below([*GRID], "b", "")).roots == ["a", "b"]


def test_the_old_topology_is_left_alone() -> None:
    before = repr(GRID)
    without_node([*GRID], "b")
    moved_below([*GRID], "b", "c")
    with_node([*GRID], {"id": "b", "type": "x"})
    assert repr(GRID) == before


def test_areas_forget_a_node() -> None:
    areas = {"n": {"name": "N", "topology": ["a", "b"]}, "s": {"name": "S"}, "faulty": 5}
    assert areas_without_node(areas, "b") == {**areas, "n": {"name": "N", "topology": ["a"]}}


def test_nodes_in_a_circle_and_faults_are_still_shown() -> None:
    grid = Grid([{"id": "a", "children": ["b"]}, {"id": "b", "children": ["a", 5, "gone"]}, 5, {"id": 7}])
    assert len(grid.roots) == 1
    assert len(list(grid.below(grid.roots[0]))) == 1


def test_a_large_grid_is_cut_and_says_what_it_hides() -> None:
    chain = [{"id": str(n), "type": "line", "children": [str(n + 1)]} for n in range(5000)]
    grid = Grid([*chain, {"id": "5000", "type": "line"}])
    (top,) = grid.branches(grid.roots, 300)
    shown, hidden = 1, top.hidden
    while top.below:
        (top,) = top.below
        shown, hidden = shown + 1, top.hidden
    assert shown + hidden == 5001
    wide = Grid(
        [{"id": "top", "children": [str(n) for n in range(5000)]}, *({"id": str(n)} for n in range(5000))]
    )
    assert wide.branches(["top"], 300)[0].hidden == 5000
