"""Pages of a running app.

Every test fails on an error in the browser's console, on an uncaught exception, and on
any request that leaves this machine.
"""

import pytest

from tests.browser.pages import Faults, chromium, ready, served


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The app on what is shipped, with an empty data directory."""
    with served(tmp_path_factory.mktemp("data")) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def context(browser):
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, accept_downloads=True
    )
    context.faults = Faults()
    context.on("page", context.faults.watch)
    yield context
    context.close()
    assert context.faults == []


@pytest.fixture
def open_page(context, server):
    """A function that opens a query of the app and waits until it is drawn."""

    def open_query(query=""):
        page = context.new_page()
        page.goto(f"{server}/{query}")
        return ready(page)

    return open_query


@pytest.fixture
def page(open_page):
    return open_page()


@pytest.fixture
def visit(context, address):
    """A function that opens a query and waits until it is drawn."""

    def open_query(query):
        page = context.new_page()
        page.goto(f"{address}/{query}")
        return ready(page)

    return open_query
