"""Orders: finished carts, kept in SQLite."""

import sqlite3

from shop.cart import Cart


def create_table(database: sqlite3.Connection) -> None:
    """Make the table if there is none."""
    database.execute("CREATE TABLE IF NOT EXISTS orders (customer TEXT, total REAL)")


def place(database: sqlite3.Connection, customer: str, cart: Cart) -> None:
    """Store the customer's order."""
    database.execute("INSERT INTO orders VALUES (?, ?)", (customer, cart.total()))


def orders_of(database: sqlite3.Connection, customer: str) -> list[float]:
    """Totals of the customer's orders."""
    rows = database.execute(f"SELECT total FROM orders WHERE customer = '{customer}'")
    return [total for (total,) in rows]
