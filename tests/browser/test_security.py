"""What a browser keeps to: who signs in, and what may run."""

import pytest

from tests.browser.pages import ready, served, wait_for

# As they happen, without the console: what is counted here is what was refused.
VIOLATIONS = """
window.refused = [];
document.addEventListener("securitypolicyviolation",
    (event) => window.refused.push(event.effectiveDirective));
"""


@pytest.fixture(scope="module")
def remote(tmp_path_factory):
    """Address of an app that asks for a token, and the token."""
    data = tmp_path_factory.mktemp("data")
    with served(data, "--allow-remote") as address:
        yield address, (data / ".token").read_text().strip()


def test_a_person_signs_in_and_sees_what_the_link_is_of(remote, context):
    address, token = remote
    page = context.new_page()
    page.goto(f"{address}/?collection=cub&task=Passeriformes")
    page.fill("#token", token)
    page.click("button")
    ready(page)
    assert page.evaluate("task2box.explorer.state.view.task") == "Passeriformes"
    assert token not in page.url
    assert token not in page.evaluate("JSON.stringify(performance.getEntries())")
    assert token not in page.evaluate("document.cookie + JSON.stringify(localStorage)")
    context.clear_cookies()
    # Chromium tells of the form's own status.
    assert [fault for fault in context.faults if "401" not in fault] == []
    context.faults.clear()


def test_no_foreign_script_runs(page):
    page.evaluate(VIOLATIONS)
    ran = page.evaluate(
        """() => new Promise((tell) => setTimeout(() => {
            try { window.eval("window.ran = 'eval'"); } catch { /* refused */ }
            const inline = document.createElement("script");
            inline.textContent = "window.ran = 'inline'";
            document.body.append(inline);
            tell(window.ran ?? "nothing");
        }))"""
    )
    assert ran == "nothing"
    settled = wait_for(lambda: sorted(page.evaluate("window.refused")))
    assert settled == ["script-src", "script-src-elem"]
    page.context.faults.clear()  # both are told in the console


@pytest.mark.parametrize(
    "query",
    [
        "?collection=cub&dim=3&beside=tree",
        "?collection=cub&beside=matrix&color=edges",
        "?collection=cub&dim=5&beside=intervals&theme=dark",
    ],
)
def test_no_view_needs_more_than_the_policy_allows(context, server, query):
    context.add_init_script(VIOLATIONS)
    page = context.new_page()
    page.goto(f"{server}/{query}")
    ready(page)
    page.click("[data-action=about]")
    page.wait_for_selector("#about h2")
    page.keyboard.press("Escape")
    assert page.evaluate("window.refused") == []
