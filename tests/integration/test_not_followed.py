"""Tables whose rows stand still: what `pintail status` says of them."""

from support.sink import run_pintail

SETUP = "create table kept (id int primary key); create table dropped (id int primary key); create table left_out (id int primary key)"


def shown(flow):
    """Table → COPY of the text, and the lines below it."""
    text = run_pintail("status", "--target", str(flow.target), cwd=flow.folder).stdout
    rows = [line.strip() for line in text.splitlines() if line.startswith("public.")]
    return {row.split()[0]: row.split("  ")[-1].strip() for row in reversed(rows)}, text


def why(flow, table):
    return flow.status_of(f"public.{table}")["not_followed"]


def test_tables_that_are_not_published_any_more(direct):
    direct.psql(f"{SETUP}; create publication {direct.id} for table kept, dropped, left_out")
    direct.run()
    assert why(direct, "dropped") is None and shown(direct)[0]["public.dropped"] == "done"
    direct.psql(f"drop table dropped; alter publication {direct.id} drop table left_out; insert into kept values (1)")
    direct.run()
    for table in ("dropped", "left_out"):
        assert "dropped it or publishes it no more" in why(direct, table)
        assert shown(direct)[0][f"public.{table}"] == "not followed"
    assert why(direct, "kept") is None and shown(direct)[0]["public.kept"] == "done"
    direct.psql(f"alter publication {direct.id} add table left_out")
    direct.run()
    assert why(direct, "left_out") is None and "dropped it" in why(direct, "dropped")


def test_a_copy_that_is_due(direct):
    direct.psql(SETUP)
    direct.run()
    assert run_pintail("resync", "kept", "--target", str(direct.target), cwd=direct.folder).code == 0
    assert why(direct, "kept") == "a new copy was asked for"
    assert "a new copy was asked for" in shown(direct)[1]
    direct.run()
    assert why(direct, "kept") is None


def test_a_memory_limit_that_is_too_small(direct):
    direct.psql(SETUP)
    outcome = direct.run("--memory-limit", "1", expect_code=2)
    assert 'memory_limit is "1" but must be a size of 16MiB or more' in outcome.stderr, outcome
    direct.psql("insert into kept select generate_series(1, 300000)")
    direct.run("--memory-limit", "16MiB")
