"""Pages of a running app.

Every test fails on an error in the browser's console, on an uncaught exception, and on
any request that leaves this machine.
"""

import pytest

from core.cache import Store
from tests.browser import shapes
from tests.browser.pages import PATIENCE, Faults, chromium, ready, served


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The app on what is shipped, with an empty data directory."""
    with served(tmp_path_factory.mktemp("data")) as address:
        yield address


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    """An app with two collections whose boxes and points are easily told by hand.

    Modules that change it, or need others, have one of their own.
    """
    store = Store(tmp_path_factory.mktemp("shapes"))
    shapes.save_soft(store)
    shapes.save_tree(store)
    with served(store.data) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def profile(browser):
    """What all tests share of a browser: its cache, and the process of its pages.

    A page that is opened beside another one of this machine takes half the time, so one
    stays open. Nothing of the program is kept in a browser, but for its files.
    """
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, accept_downloads=True
    )
    context.set_default_timeout(1000 * PATIENCE)
    first = context.new_page()
    first.route("**", lambda route: route.fulfill(body=""))
    first.goto("http://127.0.0.1/")
    context.on("page", lambda page: context.faults.watch(page))
    yield context
    context.close()


@pytest.fixture
def context(profile):
    """A browser as a person has just opened it."""
    before = [*profile.pages]
    profile.faults = Faults()
    yield profile
    for page in profile.pages:
        if page not in before:
            page.close()
    profile.unroute_all()
    profile.set_offline(False)
    profile.clear_permissions()
    assert profile.faults == []


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
