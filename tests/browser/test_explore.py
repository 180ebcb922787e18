"""Browsing: hover, click, drill-down, search, linked pictures, links, 2D and 3D."""

from tests.browser.pages import colored, ready, settled, wait_for

DOG, CANINE, INSTRUMENT, VIOLIN = "n02084071", "n02083346", "n03800933", "n04536866"


def view(page):
    return page.evaluate("task2box.explorer.state.view")


def hovered(page):
    return page.evaluate(
        "(({state}) => state.hovered < 0 ? '' : state.atlas.names[state.hovered])"
        "(task2box.explorer)"
    )


def spot(page, task):
    x, y = page.evaluate("(task) => task2box.pixelOf(task)", task)
    return x, y


def point(page, task):
    """A pixel of the page where the point map shows `task`."""
    return page.evaluate(
        """(task) => {
            const { state, pictures } = task2box.explorer;
            const row = state.atlas.row(task);
            const points = state.atlas.points[state.view.beside];
            const at = points.slice(2 * row, 2 * row + 2);
            const frame = pictures.points.root.getBoundingClientRect();
            const [x, y] = pictures.points.toPixel(...at);
            return [frame.left + x, frame.top + y];
        }""",
        task,
    )


def test_the_first_picture_does_not_wait_for_plotly(page):
    wait_for(lambda: page.evaluate("Boolean(window.Plotly)"))
    drawn, asked = page.evaluate(
        """[task2box.ready, performance.getEntriesByType("resource")
            .find(({ name }) => name.includes("plotly.min.js")).startTime]"""
    )
    assert drawn < asked


def test_axes_follow_what_is_in_sight(page):
    axis = "document.querySelector('#boxes .js-plotly-plot')?._fullLayout?.xaxis.range"
    wait_for(lambda: page.evaluate(f"{axis}?.[1] > 1"))
    whole = page.evaluate(axis)
    page.locator("[data-action=zoom-in]").first.click()
    wait_for(lambda: page.evaluate(axis) != whole)
    low, high = page.evaluate(axis)
    assert whole[0] < low < high < whole[1]


def test_hover_names_the_whole_stack_innermost_first(page):
    x, y = spot(page, DOG)
    page.mouse.move(x, y)
    names = page.locator("#tooltip .name").all_inner_texts()
    stack = page.evaluate("([x, y]) => task2box.stackAt(x, y)", [x, y])
    assert names[0] == "dog"
    assert len(names) == len(stack) >= 10
    assert {"canine", "carnivore", "mammal", "animal", "entity"} <= set(names)
    sides = page.evaluate(
        """(names) => names.map((name) => {
            const [x0, x1, y0, y1] = task2box.explorer.state.atlas.frame(
                task2box.explorer.state.atlas.row(name));
            return (x1 - x0) * (y1 - y0);
        })""",
        stack,
    )
    assert sides == sorted(sides)


def test_leaving_the_boxes_hides_the_stack(page):
    page.mouse.move(*spot(page, DOG))
    assert page.locator("#tooltip").is_visible()
    page.mouse.move(5, 5)
    assert not page.locator("#tooltip").is_visible()
    assert hovered(page) == ""


def test_a_click_selects_and_shows_details_and_contained_tasks(page):
    page.mouse.click(*spot(page, DOG))
    page.locator("#details h2", has_text="dog").wait_for()
    assert view(page)["task"] == DOG
    assert "Canis" in page.inner_text("#details")
    page.locator("#contained-title", has_text="Contained in “dog”").wait_for()
    first = page.locator("#contained .ag-row[row-index='0'] .ag-cell")
    first.first.wait_for()
    cells = first.all_inner_texts()
    assert cells[0] == "hunting dog"
    inside, truth, around, true_around = map(float, cells[-4:])
    assert (inside, truth) == (1, 1)
    assert 0 < around < 1
    assert true_around == round(63 / 118, 2)


def test_clicking_again_goes_out_to_the_next_box_of_the_stack(page):
    x, y = spot(page, DOG)
    stack = page.evaluate("([x, y]) => task2box.stackAt(x, y)", [x, y])
    page.mouse.click(x, y)
    page.wait_for_timeout(500)
    page.mouse.click(x, y)
    assert view(page)["task"] == stack[1]


def test_double_click_looks_inside_and_breadcrumb_and_backspace_go_up(page):
    page.mouse.dblclick(*spot(page, DOG))
    settled(page)
    assert view(page)["focus"] == DOG
    crumbs = page.locator("#breadcrumb .crumb").all_inner_texts()
    assert (crumbs[0], crumbs[-2:]) == ("ImageNet-1k", ["canine", "dog"])
    page.keyboard.press("Backspace")
    assert view(page)["focus"] == CANINE
    page.click("#breadcrumb .crumb:has-text('animal')")
    assert page.locator("#breadcrumb .crumb").last.inner_text() == "animal"
    page.click("#breadcrumb .crumb:has-text('ImageNet-1k')")
    assert view(page)["focus"] == ""


def test_enter_looks_inside_the_selected_task(page):
    page.mouse.click(*spot(page, DOG))
    page.keyboard.press("Enter")
    assert view(page)["focus"] == DOG


def test_the_focus_fills_the_picture(page):
    page.evaluate("(focus) => task2box.explorer.change({focus})", INSTRUMENT)
    settled(page)
    x0, x1, y0, y1 = page.evaluate("task2box.explorer.pictures.boxes.range")
    a0, a1, b0, b1 = page.evaluate(
        "(({state}) => state.atlas.frame(state.atlas.row(state.view.focus)))"
        "(task2box.explorer)"
    )
    assert x0 < a0 < a1 < x1
    assert y0 < b0 < b1 < y1
    assert (a1 - a0) / (x1 - x0) > 0.9
    assert (b1 - b0) / (y1 - y0) > 0.9


def test_search_flies_to_a_task(page):
    page.keyboard.press("/")
    page.keyboard.type("violin")
    assert page.locator("#search-results .name").first.inner_text() == "violin"
    page.keyboard.press("Enter")
    settled(page)
    assert view(page)["task"] == VIOLIN
    x, y = spot(page, VIOLIN)
    assert page.evaluate("([x, y]) => task2box.stackAt(x, y)[0]", [x, y]) == VIOLIN
    page.locator("#details h2", has_text="violin").wait_for()


def test_search_says_when_there_is_nothing(page):
    page.click("#search")
    page.keyboard.type("xyzzy")
    assert page.inner_text("#search-results") == "No task of that name"


def test_arrow_keys_walk_among_siblings_parents_and_children(page):
    page.evaluate("(task) => task2box.explorer.change({task})", DOG)
    page.locator("#boxes-panel").focus()
    page.keyboard.press("ArrowUp")
    assert view(page)["task"] == CANINE
    page.keyboard.press("ArrowDown")
    assert view(page)["task"] == DOG
    page.keyboard.press("ArrowRight")
    sibling = view(page)["task"]
    assert sibling != DOG
    page.keyboard.press("ArrowLeft")
    assert view(page)["task"] == DOG
    assert page.inner_text("#live").startswith("dog, 118 classes, inside canine")
    page.keyboard.press("Escape")
    assert view(page)["task"] == ""


def test_hover_and_selection_are_linked_between_boxes_and_points(page):
    assert colored(page, "projection-panel", "marks") == 0
    page.mouse.move(*spot(page, DOG))
    assert colored(page, "projection-panel", "marks") > 500
    page.mouse.move(*point(page, DOG))
    assert hovered(page) != ""
    assert page.locator("#tooltip").is_visible()
    assert colored(page, "boxes-panel", "marks") > 100
    page.mouse.click(*point(page, VIOLIN))
    chosen = view(page)["task"]
    assert chosen
    page.locator("#details .muted", has_text=chosen).first.wait_for()
    page.mouse.move(5, 5)
    # The frame of a single class, some 7 pixels wide.
    assert colored(page, "boxes-panel", "marks") > 50


def test_dragging_pans_without_selecting(page):
    before = page.evaluate("task2box.explorer.pictures.boxes.range")
    x, y = spot(page, DOG)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 90, y + 60, steps=6)
    page.mouse.up()
    wait_for(lambda: view(page)["viewport"])
    after = page.evaluate("task2box.explorer.pictures.boxes.range")
    assert after[0] < before[0]
    assert after[2] > before[2]
    assert view(page)["task"] == ""
    page.click("[data-action=zoom-fit]")
    settled(page)
    assert view(page)["viewport"] == ""


def test_the_wheel_zooms_around_the_cursor(page):
    before = page.evaluate("task2box.explorer.pictures.boxes.range")
    page.mouse.move(*spot(page, DOG))
    page.mouse.wheel(0, -400)
    wait_for(lambda: view(page)["viewport"])
    after = page.evaluate("task2box.explorer.pictures.boxes.range")
    assert after[1] - after[0] < 0.95 * (before[1] - before[0])
    assert before[0] < after[0] < after[1] < before[1]


def test_a_copied_link_opens_the_same_view(page, context):
    page.mouse.dblclick(*spot(page, DOG))
    settled(page)
    page.mouse.move(400, 400)
    page.mouse.wheel(0, -200)
    wait_for(lambda: view(page)["viewport"])
    page.keyboard.press("ArrowDown")
    settled(page)
    wanted = view(page)
    other = context.new_page()
    other.goto(page.url)
    ready(other)
    assert view(other) == wanted
    ranges = [
        one.evaluate("task2box.explorer.pictures.boxes.range") for one in (page, other)
    ]
    for here, there in zip(*ranges, strict=True):
        assert abs(here - there) < 1e-2 * (ranges[0][1] - ranges[0][0])
    # The grid and details say the same as well.
    other.locator("#details h2").wait_for()
    assert other.inner_text("#details h2") == page.inner_text("#details h2")


def test_the_back_button_brings_the_last_view_back(page):
    page.mouse.click(*spot(page, DOG))
    page.keyboard.press("Enter")
    assert view(page)["focus"] == DOG
    page.go_back()
    wait_for(lambda: view(page)["focus"] == "")
    assert view(page)["task"] == DOG


def test_a_bad_link_says_what_is_wrong_and_shows_the_nearest_view(open_page):
    page = open_page("?collection=imagenet&focus=n99&dim=7&viewport=1,2&task=n02084071")
    said = page.inner_text("#notice")
    assert "no task 'n99'" in said
    assert "'7'" in said
    assert "'1,2'" in said
    assert (view(page)["focus"], view(page)["dim"], view(page)["task"]) == ("", 2, DOG)


def test_an_unknown_collection_falls_back_to_one_there_is(open_page):
    page = open_page("?collection=nothing")
    assert "no collection 'nothing'" in page.inner_text("#notice")
    assert view(page)["collection"] == "imagenet"


def test_three_dimensions_and_back(open_page):
    page = open_page(f"?focus={INSTRUMENT}")
    page.click("#dim button:has-text('3D')")
    graph = "document.querySelector('#cuboids')"
    wait_for(lambda: page.evaluate(f"Boolean({graph}.data && {graph}.data.length)"))
    edges = page.evaluate(f"{graph}.data.find((trace) => trace.mode === 'lines')")
    drawn = {row for row in edges["customdata"] if row is not None}
    inside = page.evaluate(
        "(({state, focusRow}) => state.atlas.inside(focusRow())"
        ".reduce((sum, flag) => sum + flag, 0))(task2box.explorer)"
    )
    assert len(drawn) == inside
    assert page.locator("#boxes-panel").is_hidden()
    assert view(page)["dim"] == 3
    page.click("#dim button:has-text('2D')")
    wait_for(lambda: page.locator("#boxes-panel").is_visible())
    assert page.locator("#cuboids-panel").is_hidden()


def test_boxes_of_more_dimensions_are_asked_for_once_and_the_last_choice_counts(
    open_page,
):
    page, held = open_page(f"?task={VIOLIN}"), []
    page.route("**/boxes/*.json*", lambda route: held.append(route))
    page.click("#dim button:has-text('3D')")
    wait_for(lambda: page.wait_for_timeout(20) or held)
    assert page.get_attribute("#dim", "aria-busy") == "true"
    assert view(page)["dim"] == 2  # what is drawn stays meanwhile
    page.click("#dim button:has-text('3D')")
    page.click("#dim button:has-text('2D')")
    held[0].continue_()
    wait_for(lambda: page.get_attribute("#dim", "aria-busy") is None)
    assert (
        page.evaluate("task2box.explorer.state.atlas.boxes[3].lower.length") == 3 * 1396
    )
    assert view(page)["dim"] == 2
    page.click("#dim button:has-text('3D')")
    wait_for(lambda: view(page)["dim"] == 3)
    assert len(held) == 1


def test_boxes_that_do_not_come_are_asked_for_again(open_page, context):
    page = open_page()
    page.route("**/boxes/*.json*", lambda route: route.fulfill(status=500))
    page.click("#dim button:has-text('3D')")
    page.locator("#toast", has_text="The 3D boxes could not be loaded.").wait_for()
    assert view(page)["dim"] == 2
    page.unroute("**/boxes/*.json*")
    page.click("#disagreement button:has-text('Compare with the 3D boxes')")
    page.locator("#disagreement p", has_text="the 3D boxes on").wait_for()
    page.click("#dim button:has-text('3D')")
    wait_for(lambda: view(page)["dim"] == 3)
    context.faults[:] = [one for one in context.faults if "500" not in one]


def test_hover_and_click_in_three_dimensions(open_page):
    page = open_page(f"?dim=3&focus={INSTRUMENT}")
    graph = "document.querySelector('#cuboids')"
    wait_for(lambda: page.evaluate(f"Boolean({graph}.on)"))
    frame = page.locator("#cuboids-panel").bounding_box()
    for step in range(60):
        x = frame["x"] + frame["width"] * (0.2 + 0.6 * (step % 12) / 12)
        y = frame["y"] + frame["height"] * (0.3 + 0.08 * (step // 12))
        page.mouse.move(x, y)
        page.wait_for_timeout(200)
        if hovered(page):
            names = page.locator("#tooltip .name").count()
            page.mouse.down()
            page.mouse.up()
            if view(page)["task"]:
                break
    assert names > 1
    drawn = page.evaluate(
        f"{graph}.data.find((trace) => trace.mode === 'lines').customdata"
    )
    rows = "(task) => task2box.explorer.state.atlas.row(task)"
    assert page.evaluate(rows, view(page)["task"]) in drawn


def test_colours_and_point_maps_can_be_chosen(page):
    before = page.evaluate("task2box.explorer.state.colors.slice(0, 40)")
    page.select_option("#color", "depth")
    wait_for(lambda: view(page)["color"] == "depth")
    assert page.evaluate("task2box.explorer.state.colors.slice(0, 40)") != before
    page.select_option("#beside", "pca")
    wait_for(lambda: view(page)["beside"] == "pca")
    assert colored(page, "projection-panel", "base") > 1000


def test_light_and_dark(page):
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.click("[data-action=theme]")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert "theme=dark" in page.url


def test_a_narrow_window_stacks_the_pictures(context, server):
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(server)
    ready(page)
    boxes = page.locator("#boxes-panel").bounding_box()
    points = page.locator("#projection-panel").bounding_box()
    assert points["y"] >= boxes["y"] + boxes["height"]
    assert boxes["width"] > 330
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
