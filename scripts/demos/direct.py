"""The story that `make demo` tells: Postgres → `pintail run` → DuckDB. Every line of it is real.

Works in a temporary folder, on a free port, and leaves nothing behind.
"""

import collections
import os
import time

from storyteller import SEED, TARGET, TOTALS, Story, say

from stack import Stack

BIG = 100_000
BIG_TRANSACTION = (f"BEGIN; INSERT INTO orders(user_id, amount) SELECT 3, 1 FROM generate_series(1, {BIG}); "
                   "UPDATE users SET email = 'big@example.com' WHERE id = 3; COMMIT")


def source_of(stack):
    return f"postgres://{stack.credentials.user}@127.0.0.1:{stack.postgres.port}/{stack.credentials.database}"


def ask_while_it_writes(story):
    """A big transaction over both tables, and a reader that asks all the time."""
    say(f"\n  Postgres> {BIG_TRANSACTION};")
    question = "SELECT (SELECT count(*) FROM orders WHERE user_id = 3), (SELECT email FROM users WHERE id = 3)"
    answers = collections.Counter()
    story.session.send(f"{BIG_TRANSACTION};")
    while (str(BIG + 1), "big@example.com") not in answers:
        answers[tuple(story.control.ask(question)[0])] += 1
        time.sleep(0.002)
    story.session.wait()
    print("  asked meanwhile, again and again:")
    for (orders, email), times in answers.items():
        print(f"    {times:>5} × Alice has {int(orders):,} order{'s' if orders != '1' else ''} and the address {email}")


def tell(story):
    say("2. Two tables in Postgres")
    story.session.execute(SEED)
    print("  users: 2 rows, orders: 3 rows")

    say("\n3. One process copies them and follows the database: no broker, nothing to set up at the server")
    story.start("run", "--source", source_of(story.stack), "--target", TARGET)
    story.wait_for_seed()
    story.pintail("query", "--target", TARGET, TOTALS)

    say("\n4. Live")
    story.change_each_way()
    story.change("BEGIN; INSERT INTO orders(user_id, amount) VALUES (3, 42); UPDATE users SET email = 'a@example.com' WHERE id = 3; COMMIT",
                 "(SELECT count(*) = 1 FROM orders WHERE user_id = 3)",
                 "SELECT u.name, u.email, o.amount FROM orders o JOIN users u ON u.id = o.user_id WHERE u.id = 3")

    say("\n5. Queries while it writes: a transaction over two tables is there as a whole or not at all")
    ask_while_it_writes(story)
    story.pintail("query", "--target", TARGET, TOTALS)
    story.pintail("status", "--target", TARGET)

    say("\n6. Source and target compared, as both print their rows")
    story.verify()

    say("\n7. A clean stop: Ctrl-C, exit code 0, position stored")
    story.stop()
    story.pintail("status", "--target", TARGET)


def main():
    began = time.monotonic()
    say("1. PostgreSQL starts as a local process on a free port")
    with Stack(die_with_parent=True) as stack:
        stack.up("postgres")
        print(f"  up after {time.monotonic() - began:.0f} s\n", flush=True)
        story = Story(stack, os.environ | {"PGPASSFILE": str(stack.postgres.password_file)})
        try:
            tell(story)
        finally:
            story.close()
    say(f"\nDone in {time.monotonic() - began:.0f} s; the server is stopped, nothing is left behind.")


main()
