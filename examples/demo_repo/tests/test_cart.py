"""Promises of the cart."""

import sqlite3

import pytest
from shop.cart import Cart
from shop.orders import create_table, orders_of, place


def test_an_empty_cart_costs_nothing() -> None:
    assert Cart().total() == 0


def test_the_total_is_the_sum_with_tax() -> None:
    cart = Cart()
    cart.add("mug", 10.0, quantity=2)
    cart.add("tea", 5.0)

    assert cart.total() == pytest.approx(29.75)


def test_a_line_has_at_least_one_piece() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Cart().add("mug", 10.0, quantity=0)


def test_an_order_is_found_again() -> None:
    with sqlite3.connect(":memory:") as database:
        create_table(database)
        place(database, "ada", Cart())

        assert orders_of(database, "ada") == [0.0]
